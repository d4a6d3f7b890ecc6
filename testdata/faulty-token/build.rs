//! Keeps the module loaded once it is: aws-lc tidies up when a thread ends, which may be after the module's last user
//! has closed it, and code that is gone cannot run.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
