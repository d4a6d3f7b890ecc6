//! Which PKCS#11 module: what the URI, the command line or the environment names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use signer_core::sign::pkcs11::Uri;

use crate::failure::Failure;

/// The variable that names the module.
const VARIABLE: &str = "SIGNER_PKCS11_MODULE";

/// Where distributions put modules. Whoever can write there owns the machine anyway.
const FOLDERS: [&str; 14] = [
    "/usr/lib/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/local/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib/softhsm",
    "/usr/lib64/softhsm",
    "/usr/local/lib/softhsm",
    "/usr/lib/x86_64-linux-gnu/softhsm",
    "/usr/lib/aarch64-linux-gnu/softhsm",
    "/opt/homebrew/lib/pkcs11",
    "/opt/homebrew/lib/softhsm",
    "/opt/cloudhsm/lib",
    "/usr/safenet/lunaclient/lib",
];

/// Where other libraries are, too: searched for a name after the others, and never listed.
const LIBRARIES: [&str; 5] =
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/lib", "/usr/lib"];

/// The path of the module to load: absolute, or begun with `./` or `../` on the command line. The working
/// directory is not searched, since whoever can write there would run code here.
pub(super) fn path(uri: &Uri, option: Option<&Path>) -> Result<PathBuf, Failure> {
    let in_uri = match (&uri.module_path, &uri.module_name) {
        (Some(path), Some(name)) if Path::new(path).is_dir() => Some(named(name, &[path])?),
        (Some(path), _) => Some(PathBuf::from(path)),
        (None, Some(name)) => Some(by_name(name)?),
        (None, None) => None,
    };
    let typed = option.map(|path| located(path, &Place::Option)).transpose()?;
    match (in_uri, typed) {
        (Some(in_uri), Some(typed)) if !is_same(&in_uri, &typed) => {
            let message = format!(
                "the URI names the module `{}`, and `--pkcs11-module` names `{}`",
                in_uri.display(),
                typed.display()
            );
            Err(Failure::usage("hsm-module-ambiguous", message).hint("leave one of them out"))
        }
        (Some(path), _) | (None, Some(path)) => Ok(path),
        (None, None) => from_environment().ok_or_else(|| {
            Failure::usage("hsm-module-missing", "nothing says which PKCS#11 module the token needs").hint(format!(
                "name it with `--pkcs11-module PATH`, ?module-path= in the URI, or the variable {VARIABLE}; \
                 `signer hsm list` shows those of this machine"
            ))
        })?,
    }
}

/// Who names a module.
enum Place {
    Option,
    Variable,
}

/// The file that a name or a path means.
fn located(module: &Path, place: &Place) -> Result<PathBuf, Failure> {
    let is_name = !module.as_os_str().as_encoded_bytes().contains(&b'/');
    let on_purpose = matches!(place, Place::Option) && (module.starts_with(".") || module.starts_with(".."));
    if is_name {
        return by_name(&module.to_string_lossy());
    }
    if module.is_absolute() || on_purpose {
        return Ok(module.to_owned());
    }
    let (where_from, hint) = match place {
        Place::Option => {
            ("`--pkcs11-module`", "a file below the working directory is written `./…`, and one below another `../…`")
        }
        Place::Variable => (VARIABLE, "the working directory is never searched for modules"),
    };
    let message =
        format!("{where_from}: expected an absolute path, or a name without `/`, found `{}`", module.display());
    Err(Failure::usage("hsm-module-unusable", message).hint(hint))
}

/// What the environment names.
fn from_environment() -> Option<Result<PathBuf, Failure>> {
    let value = std::env::var_os(VARIABLE).filter(|value| !value.is_empty())?;
    Some(located(Path::new(&value), &Place::Variable))
}

/// Whether the environment names that module.
pub(super) fn is_in_environment(path: &Path) -> bool {
    from_environment().is_some_and(|named| named.is_ok_and(|named| is_same(&named, path)))
}

/// Whether anything names a module.
pub(super) fn is_named(uri: &Uri, option: Option<&Path>) -> bool {
    uri.module_path.is_some() || uri.module_name.is_some() || option.is_some() || from_environment().is_some()
}

/// The modules that are installed where distributions put them; none is loaded.
pub(crate) fn installed() -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut modules = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut here: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| is_library(path)).collect();
        here.sort();
        // one library often has a second name, which is a link
        modules.extend(here.into_iter().filter(|path| path.canonicalize().is_ok_and(|file| seen.insert(file))));
    }
    modules
}

fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "so" || ending == "dylib") && path.is_file()
}

fn by_name(name: &str) -> Result<PathBuf, Failure> {
    named(name, &[FOLDERS.as_slice(), &LIBRARIES].concat())
}

/// The module of that name in these folders: without `lib` and ending (RFC 7512 §2.3), or with them.
fn named(name: &str, folders: &[&str]) -> Result<PathBuf, Failure> {
    let files = ["so", "dylib"].iter().flat_map(|ending| [format!("lib{name}.{ending}"), format!("{name}.{ending}")]);
    let files: Vec<String> = files.chain([format!("lib{name}"), name.to_owned()]).collect();
    let mut places = folders.iter().flat_map(|folder| files.iter().map(move |file| Path::new(folder).join(file)));
    places.find(|place| place.is_file()).ok_or_else(|| {
        let message = format!("there is no PKCS#11 module `{name}` in {}", folders.join(", "));
        Failure::usage("hsm-module-missing", message).hint("name its file with ?module-path= or `--pkcs11-module`")
    })
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
