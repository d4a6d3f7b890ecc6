//! The questions that are put to evidence, one file each. They know neither each other nor the
//! verdict: facts in, reasons out.

pub(crate) mod build;
pub(crate) mod identity;
pub(crate) mod predicate;
pub(crate) mod scope;
pub(crate) mod signature;
pub(crate) mod subject;
