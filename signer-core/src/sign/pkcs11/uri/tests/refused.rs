use super::*;
use crate::limits;

fn error(text: &str) -> UriError {
    text.parse::<Uri>().unwrap_err()
}

#[test]
fn a_pin_source_is_a_path_or_a_file_uri() {
    for (source, path) in [
        ("/etc/pin", "/etc/pin"),
        ("pin.txt", "pin.txt"),
        ("./a:b", "./a:b"),
        ("file:/etc/pin", "/etc/pin"),
        ("file:///etc/pin", "/etc/pin"),
        ("FILE://LocalHost/etc/pin", "/etc/pin"),
        ("file:////etc/pin", "//etc/pin"),
        ("file:/a%20b%253F", "/a b%3F"),
    ] {
        let read = uri(&format!("pkcs11:?pin-source={source}"));
        assert_eq!(read.pin_source.as_deref(), Some(path));
        assert_eq!(uri(&read.to_string()), read, "{read}");
    }
    for source in ["", "file:", "file:pin", "file://server/pin", "file://localhostess/pin", "https://h/pin", "pkcs11:"]
    {
        assert_eq!(error(&format!("pkcs11:?pin-source={source}")), UriError::PinSource, "{source}");
    }
    for source in ["|/bin/pin", "%7C/bin/pin", "|"] {
        assert_eq!(error(&format!("pkcs11:?pin-source={source}")), UriError::PinCommand, "{source}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (text, expected) in [
        ("", "expected a URI that begins with `pkcs11:`"),
        ("pkcs11", "expected a URI that begins with `pkcs11:`"),
        (" pkcs11:", "expected a URI that begins with `pkcs11:`"),
        ("pkcs12:pin-value=1", "expected a URI that begins with `pkcs11:`"),
        ("pkcs11:token", "attribute 1 of the path: expected `name=value`, found `token`"),
        ("pkcs11:token=a;", "attribute 2 of the path: expected `name=value`, found nothing"),
        ("pkcs11:;token=a", "attribute 1 of the path: expected `name=value`, found nothing"),
        ("pkcs11:?module-name=a&&", "attribute 2 of the query: expected `name=value`, found nothing"),
        ("pkcs11:?0815", "attribute 1 of the query: expected `name=value`, found something that is not shown"),
        ("pkcs11:tokn=a", "attribute 1 of the path: expected a name of RFC 7512, found `tokn`"),
        ("pkcs11:Token=a", "attribute 1 of the path: expected a name of RFC 7512, found `Token`"),
        ("pkcs11:=a", "attribute 1 of the path: expected a name of RFC 7512, found nothing"),
        ("pkcs11:x-=a", "attribute 1 of the path: expected a name of RFC 7512, found `x-`"),
        (
            "pkcs11:token=a;x-ü=a",
            "attribute 2 of the path: expected a name of RFC 7512, found something that is not shown",
        ),
        // RFC 7512 §3 has these names as a vendor's; here a vendor's begin with `x-`.
        ("pkcs11:vendor-aaa=a", "attribute 1 of the path: expected a name of RFC 7512, found `vendor-aaa`"),
        ("pkcs11:?vendor-bbb=b", "attribute 1 of the query: expected a name of RFC 7512, found `vendor-bbb`"),
        ("pkcs11:module-path=/a", "expected `module-path` in the query, found it in the path"),
        ("pkcs11:pin-value=1", "expected `pin-value` in the query, found it in the path"),
        ("pkcs11:?token=a", "expected `token` in the path, found it in the query"),
        ("pkcs11:token=a;token=a", "expected `token` once, found it again"),
        ("pkcs11:?pin-value=1&pin-value=1", "expected `pin-value` once, found it again"),
        ("pkcs11:x-a=1;x-b=1;x-a=2", "expected `x-…` once, found it again"),
        ("pkcs11:token=a%", "expected two hexadecimal digits behind each `%` of `token` at byte 15"),
        ("pkcs11:token=%4", "expected two hexadecimal digits behind each `%` of `token` at byte 14"),
        ("pkcs11:token=a;id=%+1", "expected two hexadecimal digits behind each `%` of `id` at byte 19"),
        ("pkcs11:id=%0g", "expected two hexadecimal digits behind each `%` of `id` at byte 11"),
        ("pkcs11:x-a=%zz", "expected two hexadecimal digits behind each `%` of `x-…` at byte 12"),
        ("pkcs11:token=a b", "expected only characters that a URI allows in `token`, found ` ` at byte 15"),
        ("pkcs11:token=a\n", "expected only characters that a URI allows in `token`, found `\\n` at byte 15"),
        ("pkcs11:object=ü", "expected only characters that a URI allows in `object`, found `ü` at byte 15"),
        ("pkcs11:object=a/b", "expected only characters that a URI allows in `object`, found `/` at byte 16"),
        ("pkcs11:object=a|b", "expected only characters that a URI allows in `object`, found `|` at byte 16"),
        ("pkcs11:id=\"a\"", "expected only characters that a URI allows in `id`, found `\"` at byte 11"),
        ("pkcs11:id=a#b", "expected only characters that a URI allows in `id`, found `#` at byte 12"),
        (
            "pkcs11:?module-path=/a;module-name=b",
            "expected only characters that a URI allows in `module-path`, found `;` at byte 23",
        ),
        ("pkcs11:token=%FF", "expected UTF-8 without NUL in `token`, found other bytes"),
        ("pkcs11:token=a%00", "expected UTF-8 without NUL in `token`, found other bytes"),
        ("pkcs11:?pin-value=%00", "expected UTF-8 without NUL in `pin-value`, found other bytes"),
        ("pkcs11:?pin-value=%C3", "expected UTF-8 without NUL in `pin-value`, found other bytes"),
        ("pkcs11:slot-id=", "expected a decimal number below 2^64 as `slot-id`, found nothing"),
        ("pkcs11:slot-id=+1", "expected a decimal number below 2^64 as `slot-id`, found `+1`"),
        ("pkcs11:slot-id=0x1", "expected a decimal number below 2^64 as `slot-id`, found `0x1`"),
        (
            "pkcs11:slot-id=18446744073709551616",
            "expected a decimal number below 2^64 as `slot-id`, found `18446744073709551616`",
        ),
        (
            "pkcs11:type=Private",
            "expected `private`, `public`, `cert`, `secret-key` or `data` as `type`, found `Private`",
        ),
        ("pkcs11:type=", "expected `private`, `public`, `cert`, `secret-key` or `data` as `type`, found nothing"),
        (
            "pkcs11:type=%63ert",
            "expected `private`, `public`, `cert`, `secret-key` or `data` as `type`, found something that is not shown",
        ),
        ("pkcs11:?module-path=", "expected an absolute path as `module-path`, found nothing"),
        ("pkcs11:?module-path=p11.so", "expected an absolute path as `module-path`, found `p11.so`"),
        ("pkcs11:?module-name=", "expected a name without a slash as `module-name`, found nothing"),
        ("pkcs11:?module-name=../a", "expected a name without a slash as `module-name`, found `../a`"),
        ("pkcs11:?pin-source=/a&pin-value=1", "expected `pin-source` or `pin-value`, found both"),
        (
            "pkcs11:token=a&pin-value=1",
            "expected `pin-value` as an attribute of its own in the query, found it inside `token`",
        ),
        (
            "pkcs11:?module-path=/a?PIN-value=1",
            "expected `pin-value` as an attribute of its own in the query, found it inside `module-path`",
        ),
    ] {
        assert_eq!(error(text).to_string(), expected, "{text}");
    }
    for version in ["", ".", "1.", ".1", "1.2.3", "256", "1.256", "-1", "1.+2", "v1"] {
        let found = Some(version.to_owned());
        assert_eq!(error(&format!("pkcs11:library-version={version}")), UriError::LibraryVersion { found });
    }
}

#[test]
fn hints_say_what_to_write() {
    for (text, hint) in [
        ("pkcs11:token=a b", Some("write it as %20")),
        ("pkcs11:token=ü", Some("write it as %C3%BC")),
        (
            "pkcs11:?module-path=/a;b",
            Some("write `&` between attributes of the query; if it is part of the value, write it as %3B"),
        ),
        ("pkcs11:?pin-value=a b", Some("write a space as %20, and other such characters alike")),
        ("pkcs11:token=%", Some("write `%` itself as %25")),
        ("pkcs11:token", Some("write each attribute as name=value, with one `;` between two")),
        ("pkcs11:lable=a", None),
        ("pkcs11:tokn=a", Some("did you mean `token`?")),
        ("pkcs11:?pin-vaule=1234", Some("did you mean `pin-value`?")),
        ("pkcs11:SLOT_ID=1", Some("did you mean `slot-id`?")),
        ("pkcs11:?label=a", Some("known in the query: module-path, module-name, pin-source, pin-value")),
        ("pkcs11:pin-value=1", Some("write it behind a `?`, and `&` between two of its kind")),
        ("pkcs11:?id=1", Some("write it before the `?`")),
        ("pkcs11:?pin-source=|a", Some("put the PIN into a file: pin-source=file:/path/of/file")),
        ("pkcs11:?pin-source=/a&pin-value=1", Some("leave `pin-value` out")),
        ("pkcs11:slot-id=a", None),
    ] {
        let found = error(text).hint();
        match hint {
            Some(hint) => assert_eq!(found.as_deref(), Some(hint), "{text}"),
            None => assert!(found.is_none_or(|hint| hint.starts_with("known in the path: token, ")), "{text}"),
        }
    }
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let long = |bytes: usize| format!("pkcs11:token={}", "a".repeat(bytes - "pkcs11:token=".len()));
    assert!(long(limits::PKCS11_URI_BYTES).parse::<Uri>().is_ok());
    let bytes = limits::PKCS11_URI_BYTES + 1;
    assert_eq!(error(&long(bytes)), UriError::TooLong { bytes });
}

/// Pieces of a PIN with every separator in it, and what may be around them.
#[test]
fn no_error_has_a_piece_of_the_pin() {
    let pieces = ["QQ71", "WW72", "JJ73", "ZZ74"];
    for between in ["&", ";", "?", "#", "%", "%4", " ", "ü", "=", "&x-a=", "&id=", "&token=", "&pin-value=", "\n", "/"]
    {
        for name in
            ["pin-value", "PIN-VALUE", "pin-vaule", "pinvalue", "pin_value", "pin", "x-pin-value", "p%69n-value"]
        {
            for before in [
                "pkcs11:?",
                "pkcs11:",
                "pkcs11:token=a;",
                "pkcs11:token=a?module-path=/a&",
                "pkcs11:token=a&",
                "pkcs11:?module-path=/a;",
                "pkcs11:?module-path=/a?",
                "pkcs11:slot-id=1&",
                "pkcs11:type=cert?type=",
                "pkcs12:",
            ] {
                for equals in ["=", " ", ":", "", "%3D"] {
                    let text = format!("{before}{name}{equals}{}", pieces.join(between));
                    let said = match text.parse::<Uri>() {
                        Ok(uri) if uri.pin_value.is_some() => format!("{uri} {uri:?}"),
                        // A PIN under a wrong name, or inside another value, is not known as one.
                        Ok(_) => continue,
                        Err(error) => format!("{error} {error:?} {:?}", error.hint()),
                    };
                    assert!(!pieces.iter().any(|piece| said.contains(piece)), "{text}: {said}");
                }
            }
        }
    }
}
