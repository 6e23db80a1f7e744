//! Messages as JSON.

use super::{Diagnostic, Report};
use serde_json::{Map, Value, json};

impl Report {
    /// `{"diagnostics":[{"code","severity","file","line","column","end_line","end_column","message","help"}]}`; lines
    /// and columns count from 1, the end is the first character behind; keys without a value are left out.
    pub fn json(&self) -> Value {
        let all: Vec<Value> = self.diagnostics().iter().map(|d| self.object(d)).collect();
        let mut object = Map::new();
        object.insert("diagnostics".into(), all.into());
        for (key, number) in [("errors", self.errors()), ("warnings", self.warnings()), ("more", self.more())] {
            object.insert(key.into(), number.into());
        }
        // Of guarantees a site without any says nothing.
        if !self.guarantees().all.is_empty() {
            object.insert("guarantees".into(), json!(self.guarantees()));
        }
        object.into()
    }

    fn object(&self, diagnostic: &Diagnostic) -> Value {
        let mut object = Map::new();
        object.insert("code".into(), diagnostic.code.into());
        object.insert("severity".into(), diagnostic.severity.name().into());
        if let Some(primary) = &diagnostic.primary
            && let Some(quoted) = self.quoted(&primary.at)
        {
            let text = &quoted.file.text;
            let (line, column) = quoted.lines.position(text, primary.at.span.start);
            let (end_line, end_column) = quoted.lines.position(text, primary.at.span.end);
            object.insert("file".into(), quoted.file.path.clone().into());
            for (key, number) in
                [("line", line), ("column", column), ("end_line", end_line), ("end_column", end_column)]
            {
                object.insert(key.into(), number.into());
            }
        }
        object.insert("message".into(), diagnostic.message.clone().into());
        for (name, text) in &diagnostic.named {
            object.insert((*name).into(), text.clone().into());
        }
        if let Some(help) = &diagnostic.help {
            object.insert("help".into(), help.clone().into());
        }
        object.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Location, SourceFile};

    #[test]
    fn places_are_lines_and_columns() {
        let files = [SourceFile { path: "site.toml".into(), text: "sluice = 1\nsite = 2\n".into() }];
        let at = Location { file: 0, span: 18..19 };
        let report = Report::new(&files, vec![Diagnostic::error("S006", &at, "wrong").help("write a text")]);
        assert_eq!(
            report.json()["diagnostics"][0],
            json!({"code": "S006", "severity": "error", "file": "site.toml", "line": 2, "column": 8,
                   "end_line": 2, "end_column": 9, "message": "wrong", "help": "write a text"})
        );
    }
}
