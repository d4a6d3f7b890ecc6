//! `signer hsm list`: what there is, with URIs to paste.

use signer_core::sign::pkcs11::{Access, Module, Object, Slot, Token, TokenState, Tries, Uri};

use crate::args::{Format, HsmList};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{self, Listed, ListedSlot};
use crate::world::hsm::{self, Hsm, told};
use crate::world::terminal::Terminal;

pub(super) fn run(args: &HsmList, terminal: &Terminal) -> Result<Exit, Failure> {
    let uri = match &args.uri {
        Some(text) => hsm::uri(text, terminal)?,
        None => Uri::default(),
    };
    if !hsm::is_module_named(&uri, &args.token) {
        return modules(args, terminal);
    }
    let hsm = Hsm::load(uri, &args.token)?;
    let library = hsm.ask("asking the module", Module::info)?.map_err(|error| told(&error))?;
    let slots = hsm.slots()?;
    let wanted: Vec<&Slot> =
        slots.iter().filter(|slot| args.uri.is_none() || slot.matches(hsm.uri(), &library)).collect();
    if wanted.is_empty() && args.uri.is_some() {
        return Err(hsm.told(&hsm.absent(&slots)));
    }
    let usable = wanted.iter().filter(|slot| slot.usable().is_some()).count();
    let is_last = |token: &TokenState| matches!(token.tries, Tries::Last | Tries::Gone);
    let spare = !wanted.iter().filter_map(|slot| slot.usable()).any(is_last);
    // a PIN is for one token: at another it would be a wrong try
    let may_login = usable == 1 && (args.login || spare && hsm::is_at_hand(hsm.uri()));
    let listed: Vec<ListedSlot<'_>> = wanted.into_iter().map(|slot| listed(&hsm, slot, may_login)).collect();
    let failures: Vec<&Failure> = listed.iter().flat_map(|slot| slot.error.iter().chain(&slot.login_error)).collect();
    let objects = listed.iter().filter_map(|listed| listed.content.as_ref()).map(Vec::len).sum::<usize>();
    let asked = hsm.uri().object.is_some() || hsm.uri().id.is_some() || hsm.uri().object_type.is_some();
    if asked && objects == 0 {
        return Err(failures.first().map_or_else(|| nothing(hsm.uri()), |failure| (*failure).clone()));
    }
    let list = Listed { module: hsm.path(), library: &library, slots: &listed, several: usable > 1 && args.login };
    let told = match args.format {
        Format::Json => terminal.json(&render::hsm_list_json(&list)),
        Format::Human => terminal.data(render::hsm_list_human(&list).as_bytes())?,
    };
    for failure in failures {
        terminal.say(&render::failure_human(failure));
    }
    Ok(listed.iter().map(ListedSlot::exit).fold(told, Exit::and))
}

fn nothing(wanted: &Uri) -> Failure {
    let message = format!("no object is what `{}` asks for", wanted.without_pin());
    let hint = "leave parts of the URI out to see what is there; private keys show after a login, see `--login`";
    Failure::usage("hsm-key-missing", message).hint(hint)
}

/// A slot with what can be had of its token; what cannot is told there, and hides no other slot.
fn listed<'s>(hsm: &Hsm, slot: &'s Slot, login: bool) -> ListedSlot<'s> {
    let uri = slot.usable().map(|token| hsm.to_paste(&token.uri()));
    let mut listed = ListedSlot { slot, uri, content: None, logged_in: false, login_error: None, error: None };
    let Some(state) = slot.usable() else {
        listed.error = slot.token.as_ref().and_then(|token| token.as_ref().err()).map(told);
        return listed;
    };
    let only = Uri { slot_id: Some(slot.id), ..state.uri() };
    let token = match hsm.token_at(&only, Access::Read) {
        Ok(token) => token,
        Err(failure) => {
            listed.error = Some(failure);
            return listed;
        }
    };
    let (refused, objects) = hsm.during("listing the objects", || {
        let refused = if login && state.login_required { token.login().err() } else { None };
        (refused, Token::objects(&token)) // what is public shows all the same
    });
    hsm.close(token);
    listed.logged_in = login && refused.is_none();
    match objects {
        Ok(objects) => {
            listed.content = Some(asked_for(hsm, objects));
            listed.login_error = refused.as_ref().map(told);
        }
        Err(error) => {
            listed.login_error = refused.filter(|refused| refused.code() != error.code()).as_ref().map(told);
            listed.error = Some(told(&error));
        }
    }
    listed
}

/// The objects that the URI asks for, sorted, with URIs to paste.
fn asked_for(hsm: &Hsm, mut objects: Vec<Object>) -> Vec<Object> {
    let uri = hsm.uri();
    let public: Vec<(Vec<u8>, _)> =
        objects.iter().filter_map(|object| Some((object.id.clone(), object.public_key.clone()?))).collect();
    for object in objects.iter_mut().filter(|object| object.public_key.is_none() && !object.id.is_empty()) {
        // what most tokens say only in the other half of the pair
        object.public_key = public.iter().find(|(id, _)| *id == object.id).map(|(_, key)| key.clone());
    }
    objects.sort_by(|a, b| (&a.label, &a.id).cmp(&(&b.label, &b.id)));
    objects.retain(|object| {
        uri.object.as_ref().is_none_or(|label| *label == object.label)
            && uri.id.as_ref().is_none_or(|id| *id == object.id)
            && uri.object_type.is_none_or(|kind| kind == object.kind)
    });
    for object in &mut objects {
        object.uri = hsm.to_paste(&object.uri);
    }
    objects
}

fn modules(args: &HsmList, terminal: &Terminal) -> Result<Exit, Failure> {
    let modules = hsm::installed();
    if modules.is_empty() {
        let message = "no PKCS#11 module is installed where distributions put them";
        return Err(Failure::usage("hsm-module-missing", message).hint("name one with `--pkcs11-module PATH`"));
    }
    if args.format == Format::Json {
        return Ok(terminal.json(&render::hsm_modules_json(&modules)));
    }
    terminal.say("modules on this machine, none of them loaded; list one with `--pkcs11-module PATH`\n");
    let lines: Vec<String> = modules.iter().map(|path| path.display().to_string()).collect();
    terminal.data((lines.join("\n") + "\n").as_bytes())
}
