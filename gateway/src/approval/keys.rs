//! Keys of people, as minisign keeps them: `zhang.pub` for everybody, `zhang.key` for nobody else.

use core::fmt;
use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use sluice_policies::meaning::approval::{KeyFault, Keys};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The greatest size of a key's file: minisign's take some hundred bytes.
const MAX_KEY: u64 = 4096;

/// Why there is no key.
#[derive(Debug)]
pub enum KeyError {
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// A file is there already.
    Exists(PathBuf),
    /// A file holds no key.
    NoKey(PathBuf, &'static str),
    /// The password is wrong, or none was given.
    Locked(PathBuf),
    /// The folder holds no key at all.
    Nobody(PathBuf),
    /// The system gave no random numbers.
    System(String),
}

/// One sentence that says what to do.
impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) if error.kind() == io::ErrorKind::NotFound => {
                write!(f, "{} does not exist", path.display())
            }
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Exists(path) => {
                write!(f, "{} is there already; a key is never written over: move it away first", path.display())
            }
            Self::NoKey(path, what) => write!(f, "{} is no {what} key of minisign", path.display()),
            Self::Locked(path) => write!(f, "the password of {} is not this one", path.display()),
            Self::Nobody(path) => {
                write!(f, "{} holds no key: put the .pub file of everybody who may approve into it", path.display())
            }
            Self::System(error) => write!(f, "a key cannot be made: {error}"),
        }
    }
}

/// The public keys of those who may approve, by person.
#[derive(Debug, Default)]
pub struct Trust {
    keys: BTreeMap<String, PublicKey>,
}

impl Trust {
    /// Reads every `PERSON.pub` in a folder.
    ///
    /// # Errors
    /// When there is none, or one of them is no key.
    pub fn open(folder: &Path) -> Result<Self, KeyError> {
        let wrong = |error| KeyError::File(folder.into(), error);
        let mut keys = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            if path.extension().is_some_and(|e| e == "pub")
                && let Some(person) = path.file_stem().and_then(|p| p.to_str())
            {
                let no_key = || KeyError::NoKey(path.clone(), "public");
                let text = read(&path)?;
                let found = PublicKeyBox::from_string(&text).and_then(PublicKeyBox::into_public_key);
                keys.insert(person.to_owned(), found.map_err(|_| no_key())?);
            }
        }
        if keys.is_empty() { Err(KeyError::Nobody(folder.into())) } else { Ok(Self { keys }) }
    }

    /// The person that a secret key belongs to.
    pub fn owner(&self, secret: &SecretKey) -> Option<&str> {
        let own = PublicKey::from_secret_key(secret).ok()?.to_base64();
        self.keys.iter().find(|(_, key)| key.to_base64() == own).map(|(person, _)| person.as_str())
    }
}

impl Keys for Trust {
    fn check(&self, person: &str, message: &str, signature: &str) -> Result<String, KeyFault> {
        let key = self.keys.get(person).ok_or(KeyFault::Unknown)?;
        let signature = SignatureBox::from_string(signature).map_err(|_| KeyFault::Forged)?;
        let good = minisign::verify(key, &signature, Cursor::new(message), true, false, false);
        good.map(|()| key.to_base64()).map_err(|_| KeyFault::Forged)
    }
}

fn read(path: &Path) -> Result<String, KeyError> {
    let wrong = |error| KeyError::File(path.into(), error);
    if fs::metadata(path).map_err(wrong)?.len() > MAX_KEY {
        return Err(wrong(io::Error::other("is too large for a key")));
    }
    fs::read_to_string(path).map_err(wrong)
}

/// Makes a pair of keys for a person: `PERSON.key`, readable by its owner alone, and `PERSON.pub`. Without a password in
/// hand one is asked for on the terminal.
///
/// # Errors
/// When either is there already, or cannot be written.
pub fn create(folder: &Path, person: &str, unprotected: bool) -> Result<(PathBuf, PathBuf), KeyError> {
    let [secret_at, public_at] = ["key", "pub"].map(|kind| folder.join(format!("{person}.{kind}")));
    if let Some(there) = [&secret_at, &public_at].into_iter().find(|path| path.exists()) {
        return Err(KeyError::Exists(there.clone()));
    }
    let system = |error: minisign::PError| KeyError::System(error.to_string());
    let pair =
        if unprotected { KeyPair::generate_unencrypted_keypair() } else { KeyPair::generate_encrypted_keypair(None) };
    let KeyPair { pk, sk } = pair.map_err(system)?;
    let comment = format!("sluice: secret key of {person}");
    let secret = sk.to_box(Some(&comment)).map_err(system)?.into_string();
    let public = pk.to_box().map_err(system)?.into_string();
    write(&secret_at, &secret, 0o600)?;
    write(&public_at, &public, 0o644)?;
    Ok((secret_at, public_at))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), KeyError> {
    let wrong = |error| KeyError::File(path.into(), error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}

/// A secret key from its file; the password of one that has one is asked for on the terminal.
///
/// # Errors
/// When the file is none, or the password is wrong.
pub fn open_secret(path: &Path) -> Result<SecretKey, KeyError> {
    let text = read(path)?;
    let boxed = |text: &str| SecretKeyBox::from_string(text).map_err(|_| KeyError::NoKey(path.into(), "secret"));
    if let Ok(key) = boxed(&text)?.into_unencrypted_secret_key() {
        return Ok(key);
    }
    boxed(&text)?.into_secret_key(None).map_err(|_| KeyError::Locked(path.into()))
}
