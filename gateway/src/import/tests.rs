//! Whole files, as the programs write them.
#![allow(clippy::unwrap_used)]

use super::*;

fn list(bytes: &[u8], options: &Options) -> (String, Vec<Omitted>) {
    let imported = read(bytes, options).unwrap();
    (write(&imported.tags, imported.notation), imported.omitted)
}

fn why(omitted: &[Omitted]) -> Vec<String> {
    omitted.iter().map(|o| format!("{}: {}", o.place, o.why)).collect()
}

#[test]
fn a_german_table_under_a_title() {
    let text = "Pumpwerk 2;;;;\nstand 2026;;;;\nKommentar;Adresse;Symbol;Datentyp;Faktor;Einheit;R/W\n\
                Drehzahl P1;40101;Pumpe 1 Drehzahl;UINT;0,01;[Hz];RW\n;40102;Pumpe 1 Befehl;WORD;;;RW\n\
                ;4x0103;Füllstand;REAL;1;%;RO\n;40104;doppelt belegt;INT;;;RO\n;50001;falsch;INT;;;RO\n";
    let (list, omitted) = list(text.as_bytes(), &Options::default());
    assert_eq!(
        list,
        "# addresses = modicon\nname,address,type,count,words,scale,offset,unit,min,max,states,access,comment\n\
         Pumpe_1_Drehzahl,40101,u16,,,0.01,,Hz,,,,rw,Drehzahl P1 (was: Pumpe 1 Drehzahl)\n\
         Pumpe_1_Befehl,40102,u16,,,,,,,,,rw,was: Pumpe 1 Befehl\n\
         Füllstand,40103,f32,,,1,,%,,,,r,\n"
    );
    let why = why(&omitted);
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].starts_with("row 8: 50001"), "{why:?}");
    assert!(why[1].starts_with("row 7: ") && why[1].contains("overlap"), "{why:?}");
}

#[test]
fn a_chinese_table_in_utf_16_with_tables_in_a_column() {
    let text =
        "变量名\t寄存器类型\t地址\t数据类型\n液位\t保持寄存器\t1\tFLOAT\n运行\t线圈\t1\tBOOL\n坏\t别的\t3\tINT\n";
    let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (list, omitted) = list(&bytes, &Options { first: 1, ..Options::default() });
    let rows: Vec<&str> = list.lines().skip(2).collect();
    assert_eq!(rows, ["液位,holding 0,f32,,,,,,,,,,", "运行,coil 0,bool,,,,,,,,,,"]);
    assert_eq!(omitted.len(), 1);
}

#[test]
fn columns_are_named_by_the_call_where_nobody_can_guess() {
    let text = "A,B,C\nx,40001,INT\n";
    let said = |columns: &[(&str, &str)]| {
        let columns = columns.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        read(text.as_bytes(), &Options { columns, ..Options::default() }).map(|i| i.tags.len()).map_err(|e| e.0)
    };
    assert_eq!(said(&[("name", "A"), ("address", "B"), ("type", "C")]), Ok(1));
    assert!(
        said(&[]).unwrap_err().starts_with("row 1 names no column that is the tag's name; it has \"A\", \"B\", \"C\"")
    );
    assert!(said(&[("name", "Z")]).unwrap_err().contains("no column \"Z\""));
    assert!(said(&[("nmae", "A")]).unwrap_err().contains("`nmae` is no column of a tag list"));
}

#[test]
fn tag_tables_of_tia_portal_in_both_exports() {
    let table = "<?xml version='1.0' encoding='utf-8'?>\n<Tagtable name='Default tag table'>\n\
        <Tag type='DInt' hmiVisible='True' hmiWriteable='True' hmiAccessible='True' retain='False' remark='set point' addr='%MD1000'>Zero</Tag>\n\
        <Tag type='Bool' hmiWriteable='False' hmiAccessible='True' remark='' addr='%E0.3'>Stop &amp; go</Tag>\n\
        <Tag type='MyUdt' hmiAccessible='True' remark='' addr='%MD8'>Structured</Tag>\n\
        <Tag type='Int' hmiAccessible='False' remark='' addr='%MW8'>Hidden</Tag>\n\
        <Constant type='Int' remark='' value='222'>Const_1</Constant></Tagtable>";
    let (said, omitted) = list(table.as_bytes(), &Options::default());
    let rows: Vec<&str> = said.lines().collect();
    assert_eq!(rows[0], "# addresses = s7");
    assert_eq!(rows[2..], ["Zero,MD1000,i32,,,,,,,,,rw,set point", "Stop_go,I0.3,bool,,,,,,,,,r,was: Stop & go"]);
    assert_eq!(
        why(&omitted),
        ["tag Structured: no type of a tag list is `MyUdt`", "tag Hidden: clients have no access to it"]
    );
    let openness = "<Document><Engineering version=\"V19\" /><SW.Tags.PlcTagTable ID=\"0\"><AttributeList><Name>T</Name></AttributeList>\
        <ObjectList><SW.Tags.PlcTag ID=\"1\" CompositionName=\"Tags\"><AttributeList><DataTypeName>Real</DataTypeName>\
        <ExternalAccessible>true</ExternalAccessible><ExternalWritable>false</ExternalWritable>\
        <LogicalAddress>%MD20</LogicalAddress><Name>Speed</Name></AttributeList><ObjectList>\
        <MultilingualText ID=\"2\" CompositionName=\"Comment\"><ObjectList><MultilingualTextItem ID=\"3\" CompositionName=\"Items\">\
        <AttributeList><Culture>en-US</Culture><Text>in rpm</Text></AttributeList></MultilingualTextItem></ObjectList>\
        </MultilingualText></ObjectList></SW.Tags.PlcTag></ObjectList></SW.Tags.PlcTagTable></Document>";
    let (said, _) = list(openness.as_bytes(), &Options::default());
    assert_eq!(said.lines().last(), Some("Speed,MD20,f32,,,,,,,,,r,in rpm"));
}

#[test]
fn variables_of_control_expert_by_their_locations() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<VariablesExchangeFile>\n\
        <fileHeader company=\"Schneider Automation\" product=\"Control Expert V15.0\"></fileHeader><dataBlock>\n\
        <variables name=\"Level\" typeName=\"INT\" topologicalAddress=\"%MW100\"><comment>Tank &amp; more</comment></variables>\n\
        <variables name=\"Flow\" typeName=\"REAL\" topologicalAddress=\"%MF200\"></variables>\n\
        <variables name=\"data\" typeName=\"ARRAY[1..4] OF INT\" topologicalAddress=\"%MW300\"></variables>\n\
        <variables name=\"Run\" typeName=\"EBOOL\" topologicalAddress=\"%M40\"></variables>\n\
        <variables name=\"Txt\" typeName=\"STRING[16]\" topologicalAddress=\"%MW400\"></variables>\n\
        <variables name=\"ESTOP\" typeName=\"EBOOL\" topologicalAddress=\"%I0.3.1\"></variables>\n\
        <variables name=\"Pump\" typeName=\"Pump_DDT\" topologicalAddress=\"%MW500\"></variables>\n\
        <variables name=\"timer\" typeName=\"TIME\"><variableInit value=\"t#10s\"/></variables>\n\
        </dataBlock></VariablesExchangeFile>";
    let (said, omitted) = list(text.as_bytes(), &Options::default());
    let rows: Vec<&str> = said.lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "Level,holding 100,i16,,,,,,,,,,Tank & more",
            "Flow,holding 200,f32,,CDAB,,,,,,,,",
            "data,holding 300,i16,4,,,,,,,,,",
            "Run,coil 40,bool,,,,,,,,,,",
            "Txt,\"holding 400\",\"string(16,swapped)\",,,,,,,,,,".replace("\"holding 400\"", "holding 400").as_str(),
        ]
    );
    assert_eq!(omitted.len(), 3, "{omitted:?}");
}

#[test]
fn structures_of_studio_5000_are_opened() {
    let text = "<?xml version=\"1.0\"?><RSLogix5000Content SchemaRevision=\"1.0\"><Controller Name=\"C\"><DataTypes>\
        <DataType Name=\"Motor\"><Members><Member Name=\"ZZ\" DataType=\"SINT\" Dimension=\"0\" Hidden=\"true\" ExternalAccess=\"Read/Write\"/>\
        <Member Name=\"Run\" DataType=\"BIT\" Dimension=\"0\" Hidden=\"false\" Target=\"ZZ\" BitNumber=\"0\" ExternalAccess=\"Read Only\"/>\
        <Member Name=\"Amps\" DataType=\"REAL\" Dimension=\"3\" Hidden=\"false\" ExternalAccess=\"Read/Write\"/></Members></DataType></DataTypes>\
        <Tags><Tag Name=\"M1\" TagType=\"Base\" DataType=\"Motor\" Dimensions=\"2\" ExternalAccess=\"Read/Write\"><Description><![CDATA[drive]]></Description></Tag>\
        <Tag Name=\"Also\" TagType=\"Alias\" AliasFor=\"M1[0].Run\"/><Tag Name=\"T\" TagType=\"Base\" DataType=\"TIMER\"/>\
        <Tag Name=\"Grid\" TagType=\"Base\" DataType=\"DINT\" Dimensions=\"2 3\"/></Tags>\
        <Programs><Program Name=\"Main\"><Tags><Tag Name=\"Count\" TagType=\"Base\" DataType=\"DINT\" Constant=\"true\" ExternalAccess=\"Read/Write\"/></Tags></Program></Programs>\
        </Controller></RSLogix5000Content>";
    let imported = read(text.as_bytes(), &Options::default()).unwrap();
    assert!(!imported.proven);
    let list = write(&imported.tags, imported.notation);
    let rows: Vec<&str> = list.lines().skip(2).collect();
    assert_eq!(rows[0], "M1_0.Run,M1[0].Run,bool,,,,,,,,,r,drive");
    assert_eq!(rows[1], "M1_0.Amps,M1[0].Amps,f32,3,,,,,,,,rw,drive");
    assert_eq!(rows[4], "Program_Main.Count,Program:Main.Count,i32,,,,,,,,,r,");
    assert_eq!(imported.omitted.len(), 3, "{:?}", imported.omitted);
}

#[test]
fn what_is_broken_or_unknown_says_so() {
    let wrong = |bytes: &[u8]| read(bytes, &Options::default()).unwrap_err().0;
    assert!(wrong(b"").contains("empty"));
    assert!(wrong(b"<html><body/></html>").contains("<html> is no export that is known"));
    assert!(wrong(b"<Tagtable><Tag>").starts_with("the XML is broken"));
    assert!(wrong(b"PK\x03\x04rubbish").starts_with("the workbook is broken"));
    assert!(wrong(b"name,address,type\na,somewhere,INT\n").contains("--addresses"));
    assert!(wrong(b"<Document><Other/></Document>").contains("no tag table"));
}
