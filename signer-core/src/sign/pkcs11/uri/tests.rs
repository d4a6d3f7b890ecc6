mod properties;
mod refused;

use super::*;

fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[expect(clippy::unnecessary_wraps, reason = "the fields are options")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "the fields are options")]
fn bytes(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

/// The examples of RFC 7512 §3, without their line breaks, but for the one with vendor attributes.
#[test]
fn the_examples_of_the_rfc_are_read() {
    let certificate =
        Uri { object: bytes("my-certificate"), object_type: Some(ObjectType::Certificate), ..Uri::default() };
    let sign_key = Uri { object: bytes("my-sign-key"), object_type: Some(ObjectType::Private), ..Uri::default() };
    for (text, expected) in [
        ("pkcs11:", Uri::default()),
        (
            "pkcs11:object=my-pubkey;type=public",
            Uri { object: bytes("my-pubkey"), object_type: Some(ObjectType::Public), ..Uri::default() },
        ),
        (
            "pkcs11:object=my-key;type=private?pin-source=file:/etc/token",
            Uri {
                object: bytes("my-key"),
                object_type: Some(ObjectType::Private),
                pin_source: some("/etc/token"),
                ..Uri::default()
            },
        ),
        (
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;\
             object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin",
            Uri {
                token: some("The Software PKCS#11 Softtoken"),
                manufacturer: some("Snake Oil, Inc."),
                model: some("1.0"),
                id: Some(b"\x69\x95\x3e\x5c\xf4\xbd\xec\x91".to_vec()),
                serial: some(""),
                pin_source: some("/etc/token_pin"),
                ..certificate.clone()
            },
        ),
        (
            "pkcs11:object=my-sign-key;type=private?module-name=mypkcs11",
            Uri { module_name: some("mypkcs11"), ..sign_key.clone() },
        ),
        (
            "pkcs11:object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1",
            Uri { module_path: some("/mnt/libmypkcs11.so.1"), ..sign_key },
        ),
        (
            "pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.?pin-value=the-pin",
            Uri {
                token: some("Software PKCS#11 softtoken"),
                manufacturer: some("Snake Oil, Inc."),
                pin_value: Some(Secret::from("the-pin".to_owned())),
                ..Uri::default()
            },
        ),
        ("pkcs11:slot-description=Sun%20Metaslot", Uri { slot_description: some("Sun Metaslot"), ..Uri::default() }),
        (
            "pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;\
             library-version=1.23",
            Uri {
                library_manufacturer: some("Snake Oil, Inc."),
                library_description: some("Soft Token Library"),
                library_version: Some((1, 23)),
                ..Uri::default()
            },
        ),
        (
            "pkcs11:token=My%20token%25%20created%20by%20Joe;library-version=3;id=%01%02%03%Ba%dd%Ca%fe%04%05%06",
            Uri {
                token: some("My token% created by Joe"),
                library_version: Some((3, 0)),
                id: Some(b"\x01\x02\x03\xba\xdd\xca\xfe\x04\x05\x06".to_vec()),
                ..Uri::default()
            },
        ),
        (
            "pkcs11:token=A%20name%20with%20a%20substring%20%25%3B;object=my-certificate;type=cert",
            Uri { token: some("A name with a substring %;"), ..certificate.clone() },
        ),
        (
            "pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1;object=my-certificate;type=cert",
            Uri { token: some("Name with a small A with acute: á"), ..certificate },
        ),
    ] {
        assert_eq!(uri(text), expected, "{text}");
    }
}

/// What p11tool 3.7.9 printed of SoftHSM 2.6.1 and of p11-kit's trust module 0.24.1.
#[test]
fn what_p11tool_prints_is_read() {
    let token = Uri {
        model: some("SoftHSM v2"),
        manufacturer: some("SoftHSM project"),
        serial: some("869e4e0aa65de8e3"),
        token: some("release"),
        ..Uri::default()
    };
    let detailed = Uri {
        library_description: some("Implementation of PKCS11"),
        library_manufacturer: some("SoftHSM"),
        ..token.clone()
    };
    let odd = "q\"'()*+,=&?#/:@[]!$~_.-<>^{|}";
    for (text, expected) in [
        (
            "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=869e4e0aa65de8e3;token=release",
            token.clone(),
        ),
        (
            "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=faf40ea265a69dc5;\
             token=a%20b%3Bc%25d%20%C3%BC",
            Uri { serial: some("faf40ea265a69dc5"), token: some("a b;c%d ü"), ..token.clone() },
        ),
        (
            "pkcs11:library-description=Implementation%20of%20PKCS11;library-manufacturer=SoftHSM;\
             model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=dd336a59b8390c7d;\
             token=q%22%27%28%29%2A%2B%2C%3D%26%3F%23%2F%3A%40%5B%5D%21%24%7E_.-%3C%3E%5E%7B%7C%7D",
            Uri { serial: some("dd336a59b8390c7d"), token: some(odd), ..detailed.clone() },
        ),
        (
            "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=869e4e0aa65de8e3;token=release;\
             id=%01%02%FF%00;object=my%20key%3B1%25%3F%C3%BC%2Fx;type=private",
            Uri {
                id: Some(vec![1, 2, 255, 0]),
                object: bytes("my key;1%?ü/x"),
                object_type: Some(ObjectType::Private),
                ..token.clone()
            },
        ),
        (
            "pkcs11:library-description=Implementation%20of%20PKCS11;library-manufacturer=SoftHSM;\
             model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=869e4e0aa65de8e3;token=release;id=%41%42%6D;\
             object=q%22%27%28%29%2A%2B%2C%3D%26%3F%23%2F%3A%40%5B%5D%21%24%7E_.-%3C%3E%5E%7B%7C%7D%5C%60;type=public",
            Uri {
                id: bytes("ABm"),
                object: bytes(&format!("{odd}\\`")),
                object_type: Some(ObjectType::Public),
                ..detailed
            },
        ),
        (
            "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=869e4e0aa65de8e3;token=release;\
             id=%03;object=sec;type=secret-key",
            Uri { id: Some(vec![3]), object: bytes("sec"), object_type: Some(ObjectType::SecretKey), ..token.clone() },
        ),
        (
            "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=869e4e0aa65de8e3;token=release;\
             object=dat;type=data",
            Uri { object: bytes("dat"), object_type: Some(ObjectType::Data), ..token },
        ),
        (
            "pkcs11:model=p11-kit-trust;manufacturer=PKCS%2311%20Kit;serial=1;token=System%20Trust;\
             id=%D2%87%B4%E3%DF%37%27%93%55%F6%56%EA%81%E5%36%CC%8C%1E%3F%BD;object=ACCVRAIZ1;type=cert",
            Uri {
                model: some("p11-kit-trust"),
                manufacturer: some("PKCS#11 Kit"),
                serial: some("1"),
                token: some("System Trust"),
                id: Some(b"\xd2\x87\xb4\xe3\xdf\x37\x27\x93\x55\xf6\x56\xea\x81\xe5\x36\xcc\x8c\x1e\x3f\xbd".to_vec()),
                object: bytes("ACCVRAIZ1"),
                object_type: Some(ObjectType::Certificate),
                ..Uri::default()
            },
        ),
    ] {
        assert_eq!(uri(text), expected, "{text}");
        assert_eq!(uri(&expected.to_string()), expected, "{text}");
    }
}

/// The form of newer pkcs11-tool (0.26 and later; 0.23 prints none): lower-case digits, empty values.
/// And the form that cosign's documentation shows.
#[test]
fn what_pkcs11_tool_and_cosign_print_is_read() {
    let card = uri("pkcs11:model=;manufacturer=OpenPGP%20project;serial=;token=OpenPGP%20card%20%28User%20PIN%29;\
                    id=%b5%0f%03;object=Authentication%20key;type=public");
    assert_eq!(
        card,
        Uri {
            model: some(""),
            manufacturer: some("OpenPGP project"),
            serial: some(""),
            token: some("OpenPGP card (User PIN)"),
            id: Some(vec![0xb5, 0x0f, 0x03]),
            object: bytes("Authentication key"),
            object_type: Some(ObjectType::Public),
            ..Uri::default()
        }
    );
    let key =
        uri("pkcs11:token=TokenLabel;slot-id=1;id=%4a%8d%2f%6e?module-path=/usr/local/lib/libp11.so&pin-value=1234");
    assert_eq!(
        key,
        Uri {
            token: some("TokenLabel"),
            slot_id: Some(1),
            id: Some(b"\x4a\x8d\x2f\x6e".to_vec()),
            module_path: some("/usr/local/lib/libp11.so"),
            pin_value: Some(Secret::from("1234".to_owned())),
            ..Uri::default()
        }
    );
}

#[test]
fn what_the_grammar_allows_is_read() {
    let token = |text: &str| Uri { token: some(text), ..Uri::default() };
    for (text, expected) in [
        ("PKCS11:token=a", token("a")),
        ("pkcs11:?", Uri::default()),
        ("pkcs11:token=a?", token("a")),
        ("pkcs11:token=", token("")),
        ("pkcs11:token=a=b", token("a=b")),
        ("pkcs11:token=:[]@!$'()*+,=&-._~", token(":[]@!$'()*+,=&-._~")),
        ("pkcs11:token=%c3%BC+", token("ü+")),
        ("pkcs11:token=a;x-vendor_1=b%20c?x-other=1&x-other=/?|", token("a")),
        ("pkcs11:slot-id=18446744073709551615", Uri { slot_id: Some(u64::MAX), ..Uri::default() }),
        ("pkcs11:slot-id=007", Uri { slot_id: Some(7), ..Uri::default() }),
        ("pkcs11:library-version=255.01", Uri { library_version: Some((255, 1)), ..Uri::default() }),
        ("pkcs11:id=a%00;object=%FF", Uri { id: bytes("a\0"), object: Some(vec![255]), ..Uri::default() }),
        (
            "pkcs11:?module-path=/lib&module-name=softhsm2",
            Uri { module_path: some("/lib"), module_name: some("softhsm2"), ..Uri::default() },
        ),
    ] {
        assert_eq!(uri(text), expected, "{text}");
        assert_eq!(uri(&expected.to_string()), expected, "{text}");
    }
}

#[test]
fn a_uri_is_known_by_its_scheme() {
    for text in ["pkcs11:", "PkCs11:token=a", "pkcs11:?"] {
        assert!(Uri::is_one(text), "{text}");
    }
    for text in ["", "pkcs11", " pkcs11:", "pkcs11;", "pkcs1ü:", "release.key", "file:pkcs11:"] {
        assert!(!Uri::is_one(text), "{text}");
    }
}

#[test]
fn it_is_displayed_in_one_order_and_without_the_pin() {
    let full = uri("pkcs11:type=private;id=a%ff;object=b");
    assert_eq!(full.to_string(), "pkcs11:object=b;type=private;id=%61%FF");
    let full = uri("pkcs11:slot-manufacturer=j;slot-description=i;slot-id=8;library-version=7;library-description=f;\
                    library-manufacturer=e;model=d;serial=c;manufacturer=b;token=a:;id=%00;type=data;object=k?\
                    pin-value=1234&module-name=m&module-path=/l%20x");
    let shown = "pkcs11:token=a%3A;manufacturer=b;serial=c;model=d;library-manufacturer=e;library-description=f;\
                 library-version=7.0;slot-id=8;slot-description=i;slot-manufacturer=j;object=k;type=data;id=%00\
                 ?module-path=/l%20x&module-name=m";
    assert_eq!(full.to_string(), shown);
    assert_eq!(format!("{full:?}"), format!("Uri({shown}, pin-value not shown)"));
    assert_eq!(uri(shown), full.without_pin());
    let kept = uri("pkcs11:?pin-source=/a b".replace(' ', "%20").as_str());
    assert_eq!(kept.to_string(), "pkcs11:?pin-source=file:///a%20b");
    assert_eq!(kept.without_pin(), Uri::default());
    assert_eq!(format!("{kept:?}"), "Uri(pkcs11:?pin-source=file:///a%20b)");
}
