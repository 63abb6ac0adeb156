//! Has the crate built again when a step of the database's tables is added.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
