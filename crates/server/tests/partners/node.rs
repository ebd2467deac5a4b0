use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/oidc");
const FILES: [&str; 4] = ["package-lock.json", "package.json", "issuer.mjs", "partner.mjs"];

/// Where what node runs lies with what it needs, under a name that tells one content from another.
pub(crate) fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        for file in FILES {
            fs::read(Path::new(SOURCE).join(file)).unwrap().hash(&mut hasher);
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let place = target.join(format!("oidc-{:016x}", hasher.finish()));
        if !place.exists() {
            install(target, &place);
        }
        place
    })
}

/// Beside its place first, so that what is there is always whole.
fn install(target: &Path, place: &Path) {
    fs::create_dir_all(target).unwrap();
    let beside = tempfile::tempdir_in(target).unwrap();
    for file in FILES {
        fs::copy(Path::new(SOURCE).join(file), beside.path().join(file)).unwrap();
    }
    let installing =
        Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(beside.path()).output();
    let installing = installing.unwrap_or_else(|error| panic!("these tests need npm: {error}"));
    assert!(installing.status.success(), "{}", String::from_utf8_lossy(&installing.stderr));
    // Somebody else may have been faster, which is as good.
    let placed = fs::rename(beside.path(), place);
    assert!(placed.is_ok() || place.exists(), "{placed:?}");
}
