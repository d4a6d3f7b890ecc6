//! Trust policies as TOML text.

use core::fmt::Write as _;

use crate::key::Key;

/// A policy with the parts that vectors vary.
#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) expires: Option<&'static str>,
    pub(crate) identities: Vec<Identity>,
    pub(crate) gates: Vec<Gate>,
}

#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) owner: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) from: &'static str,
    pub(crate) until: &'static str,
    keys: Vec<String>,
    scope: Vec<(&'static str, String)>,
}

#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) name: &'static str,
    pub(crate) artifacts: &'static str,
    pub(crate) environment: Option<&'static str>,
    /// The lines of its one requirement.
    pub(crate) require: &'static str,
}

pub(crate) const APP: &str = "spiffe://acme.example/release/app";

impl Policy {
    /// One identity that builds with this key, and one gate that demands provenance.
    pub(crate) fn of(key: &Key) -> Self {
        Self { expires: Some("2027-03-01T00:00:00Z"), identities: vec![Identity::app(key)], gates: vec![Gate::new()] }
    }

    pub(crate) fn identity(mut self, change: impl FnOnce(Identity) -> Identity) -> Self {
        let first = self.identities.remove(0);
        self.identities.insert(0, change(first));
        self
    }

    pub(crate) fn scope(self, field: &'static str, value: &str) -> Self {
        self.identity(|identity| identity.scope(field, value))
    }

    pub(crate) fn without_scope(self, field: &'static str) -> Self {
        self.identity(|identity| identity.without_scope(field))
    }

    pub(crate) fn and(mut self, identity: Identity) -> Self {
        self.identities.push(identity);
        self
    }

    pub(crate) fn gate(mut self, change: impl FnOnce(&mut Gate)) -> Self {
        change(&mut self.gates[0]);
        self
    }

    pub(crate) fn require(self, lines: &'static str) -> Self {
        self.gate(|gate| gate.require = lines)
    }

    pub(crate) fn to_toml(&self) -> String {
        let mut text = "schema = \"trust-policy/v1\"\nname = \"acme\"\nversion = 1\n".to_owned();
        if let Some(expires) = self.expires {
            writeln!(text, "expires = {expires}").unwrap();
        }
        let mut owners: Vec<_> = self.identities.iter().map(|identity| identity.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            write!(text, "\n[[owner]]\nid = \"{owner}\"\nname = \"{owner}\"\ncontact = \"{owner}@acme.example\"\n")
                .unwrap();
        }
        self.identities.iter().for_each(|identity| identity.write(&mut text));
        self.gates.iter().for_each(|gate| gate.write(&mut text));
        text
    }
}

impl Identity {
    pub(crate) fn app(key: &Key) -> Self {
        Self {
            id: APP.to_owned(),
            owner: "platform",
            roles: r#"["build"]"#,
            from: "2026-11-01T00:00:00Z",
            until: "2027-02-01T00:00:00Z",
            keys: vec![inline(key, "")],
            scope: vec![
                ("artifacts", r#"["app-*.tar.gz", "app/**", "registry.acme.example/app"]"#.to_owned()),
                ("sources", r#"["https://github.com/acme/app"]"#.to_owned()),
                ("refs", r#"["refs/tags/v*"]"#.to_owned()),
                ("builders", r#"["https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*"]"#.to_owned()),
            ],
        }
    }

    pub(crate) fn named(mut self, id: &str, owner: &'static str) -> Self {
        id.clone_into(&mut self.id);
        self.owner = owner;
        self
    }

    pub(crate) fn roles(mut self, roles: &'static str) -> Self {
        self.roles = roles;
        self
    }

    pub(crate) fn valid(mut self, from: &'static str, until: &'static str) -> Self {
        (self.from, self.until) = (from, until);
        self
    }

    /// In place of its keys: these lines.
    pub(crate) fn keys(mut self, keys: Vec<String>) -> Self {
        self.keys = keys;
        self
    }

    pub(crate) fn scope(self, field: &'static str, value: &str) -> Self {
        let mut without = self.without_scope(field);
        without.scope.push((field, value.to_owned()));
        without
    }

    pub(crate) fn without_scope(mut self, field: &'static str) -> Self {
        self.scope.retain(|(name, _)| *name != field);
        self
    }

    fn write(&self, text: &mut String) {
        let Self { id, owner, roles, from, until, .. } = self;
        write!(
            text,
            "\n[[identity]]\nid = \"{id}\"\nowner = \"{owner}\"\nkind = \"workflow\"\npurpose = \"a test\"\n\
             roles = {roles}\nvalid = {{ from = {from}, until = {until} }}\nreview_by = 2027-01-15\n"
        )
        .unwrap();
        for key in &self.keys {
            write!(text, "\n[[identity.key]]\n{key}").unwrap();
        }
        if !self.scope.is_empty() {
            text.push_str("\n[identity.scope]\n");
        }
        for (field, value) in &self.scope {
            writeln!(text, "{field} = {value}").unwrap();
        }
    }
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self {
            name: "production",
            artifacts: r#"["app-*.tar.gz", "app/**", "registry.acme.example/**"]"#,
            environment: None,
            require: r#"role = "build""#,
        }
    }

    fn write(&self, text: &mut String) {
        let Self { name, artifacts, require, .. } = self;
        write!(text, "\n[[gate]]\nname = \"{name}\"\nartifacts = {artifacts}\n").unwrap();
        if let Some(environment) = self.environment {
            writeln!(text, "environment = \"{environment}\"").unwrap();
        }
        write!(text, "\n[[gate.require]]\n{require}\n").unwrap();
    }
}

/// A key in place, with further lines.
pub(crate) fn inline(key: &Key, more: &str) -> String {
    format!("public_key = \"\"\"\n{}\"\"\"\n{more}", key.pem())
}
