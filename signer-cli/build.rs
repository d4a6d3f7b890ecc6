//! Links the unwinder into the binary, so that it needs the system's libc only.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let native = std::env::var("HOST") == std::env::var("TARGET");
    if native && target("OS") == "linux" && target("ENV") == "gnu" && has_static_unwinder() {
        // else std takes libgcc_s.so.1, and a tenth of the time of a short run goes into loading it
        println!("cargo::rustc-link-lib=dylib:+verbatim=libgcc_eh.a");
    }
}

/// Whether the compiler that links has it: it comes with gcc.
fn has_static_unwinder() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|output| {
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success() && Path::new(&path).is_absolute()
    })
}
