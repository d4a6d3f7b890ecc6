//! Memory does not grow with the artifact.

use std::fs::File;
use std::process::Stdio;

use crate::place::{IDENTITY, Place};

const SIZE: u64 = 200 << 20;
/// The most that the heap and everything else that is private and writable may take, in KiB.
const DATA: &str = "16384";
/// The most that may be resident at a time, in KiB. A debug build carries its symbols.
const RESIDENT: u64 = if cfg!(debug_assertions) { 32 << 10 } else { 16 << 10 };

#[test]
fn a_large_artifact_is_attested_and_verified_in_little_memory() {
    let place = Place::with_release();
    File::create(place.path("large")).unwrap().set_len(SIZE).unwrap();
    let attest = ["attest", "large", "--key", "release.key", "--identity", IDENTITY, "--build-context", "none"];
    for args in [
        attest.as_slice(),
        &["verify", "large", "--key", "release.key.pub"],
        &["sign", "large", "--key", "release.key", "--force"],
        &["verify", "large", "--key", "release.key.pub"],
    ] {
        // the limit holds to the last moment of the process, where sampling would miss a peak
        let mut command = place.command("sh");
        command.args(["-c", &format!("ulimit -d {DATA}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_signer")]).args(args);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut peak = 0;
        let status = loop {
            peak = resident(child.id()).map_or(peak, |now| peak.max(now));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        };
        assert!(status.success(), "{args:?} in {DATA} KiB: {status}");
        assert!(peak < RESIDENT, "{args:?}: {peak} KiB");
    }
}

/// The most that was resident so far, as the kernel keeps it, in KiB.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
