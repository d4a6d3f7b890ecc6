//! `[policy_owners]`, `[[owner]]` and `[[identity]]`.

use signer_core::identity::{IdentityUri, Role};

use super::fields::{Fields, all};
use super::keys::{self, Keyring};
use super::names::Names;
use super::reader::Reported;
use super::{Defined, certificates, scopes};
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::identity::{Identity, Kind as IdentityKind, Owner, PolicyOwners, TrustedKey, Window};

const IDENTITY_FIELDS: &[&str] =
    &["id", "owner", "kind", "purpose", "roles", "valid", "review_by", "key", "certificate", "scope", "break_glass"];

/// The words of a policy for roles.
pub(super) fn role_words() -> [(&'static str, Role); 5] {
    Role::ALL.map(|role| (role.name(), role))
}

/// `[[owner]]`.
pub(super) fn owners(top: &Fields<'_>) -> Result<Vec<Owner>, Reported> {
    let mut names = Names::new("owner");
    all(top.tables("owner", "owner")?.into_iter().map(|fields| {
        let fields = fields?;
        fields.check_known(&["id", "name", "contact"]);
        let id = fields.line("id").and_then(|id| names.define(fields.reader, id).map(|()| id.value.to_owned()));
        let name = fields.line("name");
        let contact = fields.owned_line("contact");
        Ok(Owner { id: id?, name: name?.value.to_owned(), contact: contact? })
    }))
}

/// `[policy_owners]`.
pub(super) fn policy_owners(top: &Fields<'_>, defined: &Defined) -> Result<Option<PolicyOwners>, Reported> {
    let Some(fields) = top.optional_table("policy_owners", "policy_owners")? else { return Ok(None) };
    fields.check_known(&["threshold", "key"]);
    let threshold = fields.integer("threshold", 1);
    let mut keyring = Keyring::default();
    let known = [keys::FIELDS, &["owner"]].concat();
    let keys = listed(&fields, "policy_owners.key", "key").and_then(|list| {
        all(list.into_iter().map(|key| {
            let key = key?;
            key.check_known(&known);
            let owner = key.line("owner").and_then(|name| defined.owners.refer(key.reader, name));
            let trusted = keyring.key(&key, defined);
            Ok((owner?, trusted?))
        }))
    });
    Ok(Some(PolicyOwners { threshold: threshold?, keys: keys? }))
}

/// A required list of tables that is not empty.
pub(super) fn listed<'d>(
    fields: &Fields<'d>,
    table: &'static str,
    field: &'static str,
) -> Result<Vec<Result<Fields<'d>, Reported>>, Reported> {
    if fields.value(field).is_none() {
        return Err(fields.missing(field));
    }
    let list = fields.tables(field, table)?;
    if list.is_empty() {
        return Err(fields.reader.report(fields.at(field), Kind::Empty { field }));
    }
    Ok(list)
}

/// `[[identity]]`, at least one.
pub(super) fn identities(top: &Fields<'_>, defined: &Defined) -> Result<Vec<Identity>, Reported> {
    let list = top.tables("identity", "identity")?;
    if list.is_empty() {
        return Err(top.reader.report(top.at("identity"), Kind::NoIdentity));
    }
    let mut names = Names::new("identity");
    let mut keyring = Keyring::default();
    all(list.into_iter().map(|fields| identity(&fields?, defined, &mut names, &mut keyring)))
}

fn identity(
    fields: &Fields<'_>,
    defined: &Defined,
    names: &mut Names,
    keyring: &mut Keyring,
) -> Result<Identity, Reported> {
    fields.check_known(IDENTITY_FIELDS);
    let id = identity_id(fields, names);
    let owner = fields.line("owner").and_then(|name| defined.owners.refer(fields.reader, name));
    let kind = fields.choice("kind", &IdentityKind::ALL.map(|kind| (kind.name(), kind)));
    let purpose = fields.prose("purpose");
    let roles = roles(fields);
    let valid = identity_window(fields);
    let review_by = fields.date("review_by");
    let (keys, certificates) = (identity_keys(fields, defined, keyring), certificates::all_of(fields, defined));
    check_credentials(fields);
    let scope = scopes::scope(fields);
    let break_glass = fields.optional_boolean("break_glass");
    Ok(Identity {
        id: Some(id?),
        owner: owner?,
        kind: Some(kind?),
        purpose: purpose?,
        roles: roles?,
        valid: valid?,
        review_by: Some(review_by?),
        keys: keys?,
        certificates: certificates?,
        scope: scope?,
        break_glass: break_glass?.unwrap_or(false),
    })
}

fn identity_id(fields: &Fields<'_>, names: &mut Names) -> Result<IdentityUri, Reported> {
    let text = fields.line("id")?;
    let uri = fields.parsed(text, "a URI such as `spiffe://acme.example/release/app`");
    names.define(fields.reader, text)?;
    uri
}

fn roles(fields: &Fields<'_>) -> Result<Vec<Role>, Reported> {
    if fields.value("roles").is_none() {
        return Err(fields.missing("roles"));
    }
    let roles = fields.choices("roles", &role_words())?;
    if roles.is_empty() {
        return Err(fields.reader.report(fields.at("roles"), Kind::Empty { field: "roles" }));
    }
    Ok(roles.into_iter().map(|(role, _)| role).collect())
}

/// An identity's validity has both ends.
fn identity_window(fields: &Fields<'_>) -> Result<Window, Reported> {
    let Some(table) = fields.optional_table("valid", "identity.valid")? else { return Err(fields.missing("valid")) };
    let missing = ["from", "until"].map(|end| table.value(end).is_none().then(|| table.missing(end)));
    let window = fields.window("valid", "identity.valid")?;
    missing.into_iter().flatten().next().map_or(Ok(window), Err)
}

fn identity_keys(fields: &Fields<'_>, defined: &Defined, keyring: &mut Keyring) -> Result<Vec<TrustedKey>, Reported> {
    all(fields.tables("key", "identity.key")?.into_iter().map(|key| {
        let key = key?;
        key.check_known(keys::FIELDS);
        keyring.key(&key, defined)
    }))
}

/// An identity that can prove itself by nothing would be one that nobody can be.
fn check_credentials(fields: &Fields<'_>) {
    let some = |field| {
        // a value of another type is reported as such
        fields.value(field).is_some_and(|value| value.get_ref().as_array().is_none_or(|list| !list.is_empty()))
    };
    if !some("key") && !some("certificate") {
        let identity = fields.value("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default();
        fields.reader.report(fields.at, Kind::NoKey { identity: super::reader::shortened(identity) });
    }
}
