use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Place;

/// A file system of its own, in memory.
pub(crate) struct SmallDisk {
    place: Place,
}

impl SmallDisk {
    /// Mounts it with these options.
    pub(crate) fn mount(options: &str) -> Self {
        let place = Place::new();
        let point = place.path("");
        let owner = owner();
        let options = format!("{options},uid={owner}");
        let mounted =
            as_root("mount").args(["-t", "tmpfs", "-o", &options, "gangway-test"]).arg(&point).output();
        let mounted = mounted.unwrap();
        assert!(
            mounted.status.success(),
            "this test mounts a small tmpfs, as root or with a sudo that asks for nothing: {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self { place }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// Takes all the room there is left; gives it back when the file is removed.
    pub(crate) fn fill(&self) -> PathBuf {
        use std::io::Write as _;
        let ballast = self.path("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.place.path(""));
    }
}

/// Whose process this is.
fn owner() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid()
}

fn as_root(program: &str) -> Command {
    if owner() == 0 {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["--non-interactive", program]);
    sudo
}

fn unmount(point: &Path) {
    let unmounted = as_root("umount").arg(point).status().is_ok_and(|status| status.success());
    if !unmounted {
        // Something still has a file open there; the mount goes when that does.
        let _ = as_root("umount").arg("-l").arg(point).status();
    }
}
