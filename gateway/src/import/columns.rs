//! Which column of a foreign table is which of ours.

use super::table::Row;
use super::{Options, Unreadable};

/// A column that a tag list has, and the one beside an address that names its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Address,
    Table,
    Kind,
    Count,
    Words,
    Scale,
    Offset,
    Unit,
    Min,
    Max,
    States,
    Access,
    Comment,
}

/// Our name of each column, and what other programs call it: letters and digits alone, in lower case.
const KNOWN: [(Column, &str, &[&str]); 14] = [
    (
        Column::Name,
        "name",
        &[
            "tag",
            "tagname",
            "symbol",
            "symbolname",
            "variable",
            "variablename",
            "pointname",
            "signal",
            "bezeichner",
            "nom",
            "nombre",
            "名称",
            "变量名",
            "点名",
            "标签名",
        ],
    ),
    (
        Column::Address,
        "address",
        &[
            "addr",
            "adresse",
            "register",
            "registeraddress",
            "modbusaddress",
            "logicaladdress",
            "plcaddress",
            "location",
            "direccion",
            "地址",
            "寄存器地址",
            "modbus地址",
        ],
    ),
    (
        Column::Table,
        "table",
        &["registertype", "area", "function", "memoryarea", "objecttype", "registerkind", "寄存器类型", "存储区"],
    ),
    (
        Column::Kind,
        "type",
        &["datatype", "datatypename", "typename", "format", "dataformat", "datentyp", "typ", "数据类型", "类型"],
    ),
    (Column::Count, "count", &["elements", "arraysize", "length", "arraylength", "数量"]),
    (Column::Words, "words", &["wordorder", "byteorder", "endian", "endianness", "字节序"]),
    (Column::Scale, "scale", &["factor", "gain", "multiplier", "slope", "skalierung", "faktor", "系数", "比例"]),
    (Column::Offset, "offset", &["bias", "intercept", "偏移"]),
    (
        Column::Unit,
        "unit",
        &["units", "engunits", "engunit", "engineeringunit", "engineeringunits", "eu", "einheit", "unite", "单位"],
    ),
    (
        Column::Min,
        "min",
        &["minimum", "lowlimit", "minvalue", "engmin", "mineu", "loweu", "rangelow", "下限", "最小值"],
    ),
    (
        Column::Max,
        "max",
        &["maximum", "highlimit", "maxvalue", "engmax", "maxeu", "higheu", "rangehigh", "上限", "最大值"],
    ),
    (Column::States, "states", &["enum", "enumeration", "values", "statetext", "状态"]),
    (
        Column::Access,
        "access",
        &["rw", "readwrite", "accessrights", "clientaccess", "externalaccess", "permission", "zugriff", "读写", "权限"],
    ),
    (
        Column::Comment,
        "comment",
        &[
            "comments",
            "description",
            "desc",
            "remark",
            "kommentar",
            "beschreibung",
            "commentaire",
            "descripcion",
            "注释",
            "描述",
            "说明",
        ],
    ),
];

fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The column that a heading names: as the call says, else by the names that are known.
pub(super) fn known(heading: &str, options: &Options) -> Option<Column> {
    let said = options.columns.iter().find(|(_, theirs)| theirs.trim() == heading.trim());
    if let Some((ours, _)) = said {
        return KNOWN.iter().find(|(_, name, _)| name == ours).map(|(column, ..)| *column);
    }
    let folded = fold(heading);
    let found = KNOWN.iter().find(|(_, name, others)| folded == *name || others.contains(&folded.as_str()))?;
    // Who says which column is the name means that no other is.
    let taken = options.columns.iter().any(|(ours, _)| ours == found.1);
    (!taken).then_some(found.0)
}

/// The columns of a table; the first of those that mean the same.
pub(super) fn of(header: &Row, options: &Options) -> Result<Vec<Option<Column>>, Unreadable> {
    for (ours, theirs) in &options.columns {
        if !KNOWN.iter().any(|(_, name, _)| name == ours) {
            let names: Vec<&str> = KNOWN.iter().map(|(_, name, _)| *name).collect();
            return Err(Unreadable(format!("`{ours}` is no column of a tag list; they are {}", names.join(", "))));
        }
        if !header.cells.iter().any(|cell| cell.text.trim() == theirs.trim()) {
            return Err(Unreadable(format!(
                "row {} has no column \"{theirs}\"; it has {}",
                header.number,
                headings(header)
            )));
        }
    }
    let mut columns: Vec<Option<Column>> = Vec::with_capacity(header.cells.len());
    for cell in &header.cells {
        let column = known(&cell.text, options).filter(|column| !columns.contains(&Some(*column)));
        columns.push(column);
    }
    for (column, name, _) in [&KNOWN[0], &KNOWN[1], &KNOWN[3]] {
        if !columns.contains(&Some(*column)) {
            return Err(Unreadable(format!(
                "row {} names no column that is the tag's {name}; it has {}: say which, as in --column \"{name}=THEIRS\"",
                header.number,
                headings(header),
            )));
        }
    }
    Ok(columns)
}

fn headings(header: &Row) -> String {
    let names: Vec<String> = header.cells.iter().take(30).map(|cell| format!("\"{}\"", cell.text.trim())).collect();
    names.join(", ")
}

/// The table of Modbus that a cell names.
pub(super) fn table(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    Some(match folded.trim_end_matches('s') {
        "coil" | "0x" | "digitaloutput" | "fc1" | "do" | "线圈" => "coil",
        "discrete" | "discreteinput" | "1x" | "inputstatu" | "digitalinput" | "inputbit" | "contact" | "fc2" | "di"
        | "离散输入" => "discrete",
        "input" | "inputregister" | "3x" | "analoginput" | "fc4" | "ai" | "输入寄存器" => "input",
        "holding" | "holdingregister" | "4x" | "register" | "outputregister" | "fc3" | "hr" | "ao" | "保持寄存器" => {
            "holding"
        }
        _ => return None,
    })
}
