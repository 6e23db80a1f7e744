//! Keeps the table of imports in `gateway/docs/ARCHITECTURE.md` true, and what every package promises.
#![allow(clippy::unwrap_used, missing_docs)]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What one crate may import and must never hold.
struct Rule {
    name: &'static str,
    /// Every normal or build dependency it may name; `None`: any that is not ours.
    imports: Option<&'static [&'static str]>,
    /// Which of our crates it may name.
    ours: &'static [&'static str],
    /// Crates that may not stand anywhere below it.
    never: &'static [&'static str],
    /// Words that may not stand in its source.
    unspoken: &'static [&'static str],
}

const RUNTIMES: &[&str] = &["tokio", "mio", "socket2", "async-std", "smol"];
const SOCKETS: &[&str] = &["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener"];
const PURE: &[&str] = &["std::net", "std::fs", "std::time", "SystemTime", "Instant::now", "TcpStream", "UdpSocket"];
const SANS_IO: &[&str] =
    &["std::fs", "SystemTime", "Instant::now", "TcpStream", "TcpListener", "UdpSocket", "UnixStream"];

/// The one crate with `unsafe` code, and the one folder where it may be.
const UNSAFE: (&str, &str) = ("sluice-hardware", "hardware/src/sys");

const RULES: &[Rule] = &[
    Rule { name: "sluice-model", imports: Some(&[]), ours: &[], never: RUNTIMES, unspoken: PURE },
    Rule {
        name: "sluice-protocols",
        imports: Some(&["nom"]),
        ours: &["sluice-model"],
        never: RUNTIMES,
        unspoken: PURE,
    },
    Rule {
        name: "sluice-policies",
        imports: Some(&[
            "serde",
            "serde_json",
            "toml",
            "toml_edit",
            "csv",
            "glob",
            "jiff",
            "sha2",
            "strsim",
            "annotate-snippets",
        ]),
        ours: &["sluice-model"],
        never: RUNTIMES,
        unspoken: SOCKETS,
    },
    Rule {
        name: "sluice-engine",
        imports: Some(&["foldhash"]),
        ours: &["sluice-model", "sluice-protocols", "sluice-policies"],
        never: RUNTIMES,
        unspoken: SANS_IO,
    },
    Rule { name: "sluice-hardware", imports: Some(&["libc", "rustix"]), ours: &[], never: RUNTIMES, unspoken: &[] },
    Rule { name: "sluice-plant", imports: None, ours: &[], never: &[], unspoken: &[] },
    Rule {
        name: "sluice",
        imports: None,
        ours: &[
            "sluice-model",
            "sluice-protocols",
            "sluice-policies",
            "sluice-hardware",
            "sluice-engine",
            "sluice-plant",
        ],
        never: &[],
        unspoken: &[],
    },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap()
}

fn rule(package: &Package) -> &'static Rule {
    RULES.iter().find(|r| r.name == package.name.as_str()).unwrap_or_else(|| {
        panic!("{} stands in no row of the table: add it to RULES and to ARCHITECTURE.md", package.name)
    })
}

/// The names of the dependencies that a build of the package itself takes in.
fn imports(package: &Package) -> BTreeSet<String> {
    package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development).map(|d| d.name.clone()).collect()
}

/// Everything below `names`, by the lock file: no network and every target platform.
fn closure(names: &BTreeSet<String>) -> BTreeSet<String> {
    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let uses = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
        let uses = uses.map(|d| d.as_str().unwrap().split(' ').next().unwrap());
        below.entry(package["name"].as_str().unwrap()).or_default().extend(uses);
    }
    let mut seen = BTreeSet::new();
    let mut todo: Vec<&str> = names.iter().map(String::as_str).filter(|n| !n.starts_with("sluice")).collect();
    while let Some(name) = todo.pop() {
        if seen.insert(name.to_owned()) {
            todo.extend(below.get(name).into_iter().flatten());
        }
    }
    seen
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn imports_follow_the_table() {
    for package in metadata().packages {
        let rule = rule(&package);
        for name in imports(&package) {
            let ours = name.starts_with("sluice");
            let allowed = if ours {
                rule.ours.contains(&name.as_str())
            } else {
                rule.imports.is_none_or(|i| i.contains(&name.as_str()))
            };
            assert!(allowed, "{} imports {name}, which ARCHITECTURE.md does not allow", package.name);
        }
    }
}

#[test]
fn runtimes_and_sockets_stay_out_of_the_core() {
    for package in metadata().packages {
        let below = closure(&imports(&package));
        for name in rule(&package).never {
            assert!(!below.contains(*name), "{name} stands below {}", package.name);
        }
    }
}

#[test]
fn the_core_names_no_clock_no_file_and_no_socket() {
    for package in metadata().packages {
        let mut files = Vec::new();
        sources(&package.manifest_path.parent().unwrap().as_std_path().join("src"), &mut files);
        let tests = |f: &PathBuf| {
            f.file_name().is_some_and(|n| n == "tests.rs") || f.components().any(|c| c.as_os_str() == "tests")
        };
        for file in files.iter().filter(|f| !tests(f)) {
            let text = std::fs::read_to_string(file).unwrap();
            for word in rule(&package).unspoken {
                assert!(!text.contains(word), "{} speaks of {word}", file.display());
            }
        }
    }
}

#[test]
fn every_package_inherits_the_lints_and_names_its_licence() {
    let root_manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(root_manifest["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for package in metadata().packages {
        let manifest: toml::Table = std::fs::read_to_string(&package.manifest_path).unwrap().parse().unwrap();
        let lints = &manifest["lints"];
        if package.name.as_str() == UNSAFE.0 {
            assert_eq!(
                *lints,
                with_unsafe_denied(&root_manifest["workspace"]["lints"]),
                "the lints of {}",
                package.name
            );
        } else {
            let inherits = lints.get("workspace").and_then(toml::Value::as_bool);
            assert_eq!(inherits, Some(true), "{} does not inherit the workspace lints", package.name);
        }
        assert_eq!(package.license.as_deref(), Some("Apache-2.0 OR MIT"), "licence of {}", package.name);
        assert!(package.description.is_some(), "{} has no description", package.name);
        assert_eq!(package.publish.as_deref(), Some([].as_slice()), "{} could be published", package.name);
    }
}

/// The workspace's lints as the one crate with `unsafe` code has them: denied, so that one folder can allow it, and each
/// block explained.
fn with_unsafe_denied(lints: &toml::Value) -> toml::Value {
    let mut lints = lints.clone();
    lints["rust"]["unsafe_code"] = "deny".into();
    lints["clippy"].as_table_mut().unwrap().insert("undocumented_unsafe_blocks".to_owned(), "deny".into());
    lints
}

#[test]
fn unsafe_code_is_in_one_folder() {
    for package in metadata().packages {
        let folder = package.manifest_path.parent().unwrap().as_std_path().to_path_buf();
        let mut files = Vec::new();
        sources(&folder, &mut files);
        for file in files.iter().filter(|f| !f.starts_with(root().join(UNSAFE.1)) && !f.ends_with("tests/workspace.rs"))
        {
            let text = std::fs::read_to_string(file).unwrap();
            assert!(!text.contains("allow(unsafe_code)"), "{} allows unsafe code", file.display());
        }
    }
}

#[test]
fn every_row_of_the_table_is_a_package() {
    let packages = metadata().packages;
    for rule in RULES {
        assert!(
            packages.iter().any(|p| p.name.as_str() == rule.name),
            "{} is in the table and not in the workspace",
            rule.name
        );
    }
}
