//! Names as a tag list has them: a letter first, then letters, digits, `_`, `-` and `.`.

/// The name, changed where a tag list forbids it; `None` when nothing is left of it.
pub(super) fn say(name: &str) -> Option<String> {
    let mut said = String::new();
    for c in name.trim().trim_matches('"').chars() {
        match c {
            c if c.is_alphanumeric() || matches!(c, '_' | '-') => said.push(c),
            '.' if !said.is_empty() && !said.ends_with('.') => {
                let whole = said.trim_end_matches('_').len();
                said.truncate(whole.max(1));
                said.push('.');
            }
            _ if said.ends_with(['_', '.']) || said.is_empty() => {}
            _ => said.push('_'),
        }
    }
    while said.ends_with(['_', '.']) && !name.trim().ends_with('_') {
        said.pop();
    }
    let good = said.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if said.is_empty() {
        return None;
    }
    Some(if good { said } else { format!("_{said}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_forbids_becomes_an_underscore() {
        for (name, said) in [
            ("pump speed", "pump_speed"),
            ("Druck (bar)", "Druck_bar"),
            ("泵 速度", "泵_速度"),
            ("1st pump", "_1st_pump"),
            ("a..b", "a.b"),
            ("Motor[3].Run", "Motor_3.Run"),
            ("\"quoted\"", "quoted"),
        ] {
            assert_eq!(say(name).as_deref(), Some(said), "{name}");
        }
        assert_eq!(say(" ?! "), None);
    }
}
