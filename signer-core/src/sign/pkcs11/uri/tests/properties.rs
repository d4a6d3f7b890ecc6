use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(prop_oneof!["[^\0]{0,40}", "[ ;%&?=#/|a\u{fc}\"]{0,20}"])
}

fn any_bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40))
}

prop_compose! {
    fn described()(
        token in text(), manufacturer in text(), serial in text(), model in text(), library_manufacturer in text(),
        library_description in text(), library_version in any::<Option<(u8, u8)>>(), slot_id in any::<Option<u64>>(),
        slot_description in text(), slot_manufacturer in text(),
    ) -> Uri {
        Uri {
            token, manufacturer, serial, model, library_manufacturer, library_description, library_version, slot_id,
            slot_description, slot_manufacturer, ..Uri::default()
        }
    }
}

prop_compose! {
    fn any_uri()(
        described in described(), object in any_bytes(), id in any_bytes(),
        object_type in proptest::option::of(proptest::sample::select(ObjectType::ALL.to_vec())),
        module_path in proptest::option::of("/[^\0]{0,40}"), module_name in proptest::option::of("[^\0/\\\\]{1,40}"),
        pin_source in proptest::option::of(prop_oneof!["/[^\0]{0,40}", "[a-z._%& ]{1,20}"]),
    ) -> Uri {
        Uri { object, object_type, id, module_path, module_name, pin_source, ..described }
    }
}

proptest! {
    #[test]
    fn what_is_displayed_reads_as_the_same(written in any_uri()) {
        let shown = written.to_string();
        let read = shown.parse::<Uri>();
        prop_assert_eq!(read.as_ref(), Ok(&written), "{}", shown);
        prop_assert!(shown.is_ascii());
    }

    #[test]
    fn the_pin_is_never_displayed(described in any_uri(), pin in "[A-Z]{4}[0-9]{4}") {
        let with_pin = Uri { pin_value: Some(Secret::from(pin.clone())), ..described.clone() };
        prop_assert_eq!(with_pin.to_string(), described.to_string());
        prop_assert_eq!(format!("{with_pin:?}").replace(", pin-value not shown", ""), format!("{described:?}"));
        prop_assert_eq!(with_pin.without_pin(), described.without_pin());
    }

    #[test]
    fn a_pin_is_read_as_it_was_escaped(pin in "[^\0]{0,40}") {
        let read = uri(&format!("pkcs11:?pin-value={}", Escaped::text(pin.as_bytes())));
        prop_assert_eq!(read.pin_value, Some(Secret::from(pin)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|[\n\t\0\x1b]){0,80}", scheme in any::<bool>()) {
        let text = if scheme { format!("pkcs11:{text}") } else { text };
        check(&text)?;
    }

    #[test]
    fn what_is_nearly_a_uri_is_read_or_refused(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..12),
    ) {
        check(&format!("pkcs11:{}", pieces.concat()))?;
    }

    #[test]
    fn no_error_has_the_pin(
        before in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..6),
        after in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..6),
        pin in "[A-Z]{4}[0-9]{4}",
    ) {
        for between in ["?", "&", ";"] {
            let text = format!("pkcs11:{}{between}pin-value={pin}{}", before.concat(), after.concat());
            let said = match text.parse::<Uri>() {
                Ok(uri) => format!("{uri} {uri:?}"),
                Err(error) => format!("{error} {error:?} {:?}", error.hint()),
            };
            prop_assert!(!said.contains(&pin), "{}: {}", text, said);
        }
    }
}

const PIECES: [&str; 30] = [
    "type=a\nb",
    "slot-id=\t",
    "\n",
    "token=",
    "id=",
    "object=",
    "type=",
    "private",
    "slot-id=",
    "1",
    "library-version=",
    "2.4",
    "module-path=",
    "/a",
    "module-name=",
    "pin-source=",
    "file:",
    "x-a=",
    "=",
    ";",
    "&",
    "?",
    "|",
    "%",
    "%41",
    "%ff",
    " ",
    "ü",
    "a",
    "#",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<Uri>() {
        Ok(uri) => prop_assert_eq!(uri.to_string().parse::<Uri>(), Ok(Uri { pin_value: None, ..uri })),
        Err(error) => prop_assert!(!error.to_string().contains('\n') && error.hint().as_deref() != Some("")),
    }
    Ok(())
}
