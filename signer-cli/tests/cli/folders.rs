//! A folder is one artifact with many subjects.

use crate::place::{Place, codes};

fn dist() -> Place {
    let place = Place::with_release();
    for (name, content) in [("dist/a", "1"), ("dist/sub/b", "2"), ("dist/sub/deep/c", "3"), ("dist/conf.json", "{}")] {
        place.write(name, content);
    }
    place.attest(["dist"]);
    place
}

#[test]
fn every_spelling_names_the_same_folder() {
    let place = dist();
    let absolute = place.path("dist");
    for path in ["dist", "dist/", "./dist", "dist/.", "dist/sub/..", absolute.to_str().unwrap()] {
        assert_eq!(place.verify([path]).0, 0, "{path}");
    }
    for (below, path) in [("dist", "."), ("dist/sub", ".."), ("dist/sub/deep", "../..")] {
        let mut command = place.signer(["verify", path, "--key"]);
        command.arg(place.path("release.key.pub")).current_dir(place.path(below));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
    }
}

#[test]
fn each_file_must_be_the_subject_of_its_own_name() {
    let place = dist();
    let verdict = |args: &[&str]| {
        let (status, verdict) = place.verify(args.iter().copied());
        (status, codes(&verdict["artifacts"][0]).join(" "))
    };
    let accepted = (0, String::new());
    let rejected = |code: &str| (1, code.to_owned());
    let by_old = ["renamed", "--bundle", "dist.sigstore.json"];
    std::fs::rename(place.path("dist"), place.path("renamed")).unwrap();
    assert_eq!(verdict(&by_old), rejected("subject-mismatch"));
    let named = [by_old.as_slice(), &["--name", "dist"]].concat();
    assert_eq!(verdict(&named), accepted);
    std::fs::remove_file(place.path("renamed/a")).unwrap();
    assert_eq!(verdict(&named), rejected("subject-missing"));
    let partial = [named.as_slice(), &["--partial"]].concat();
    assert_eq!(verdict(&partial), accepted);
    // equal bytes under another name
    place.write("renamed/copy", "2");
    assert_eq!(verdict(&partial), rejected("subject-mismatch"));
    std::fs::remove_file(place.path("renamed/copy")).unwrap();
    place.write("renamed/sub/b", "changed");
    assert_eq!(verdict(&partial), rejected("subject-mismatch"));
}

#[test]
fn the_bundle_in_use_is_no_subject_and_nothing_else_is_left_out() {
    let place = dist();
    place.attest(["dist", "--bundle", "dist/in.sigstore.json"]);
    assert_eq!(place.verify(["dist", "--bundle", "dist/in.sigstore.json"]).0, 0);
    // `conf.json` looks like evidence by its name, and belongs to the folder all the same
    assert_eq!(place.verify(["dist", "--bundle", "dist"]).0, 0);
    let (status, verdict) = place.verify(["dist"]);
    assert_eq!((status, codes(&verdict["artifacts"][0])), (1, vec!["subject-mismatch"]));
    // evidence is no excuse for a file either, unless it is the one that the verdict rests on
    let envelope = r#"{"payload":"","payloadType":"t","signatures":[{"sig":""}]"#;
    for content in
        [r#"{"main":"evil.js"}"#.to_owned(), format!("{envelope}}}"), format!(r#"{envelope},"main":"evil.js"}}"#)]
    {
        place.write("dist/slipped-in.json", &content);
        let (status, verdict) = place.verify(["dist", "--bundle", "dist"]);
        assert_eq!(status, 1, "{content}");
        assert!(codes(&verdict["artifacts"][0]).contains(&"subject-mismatch"), "{content}");
    }
    // a good bundle that is more than a bundle is not left out
    let bundle = std::fs::read_to_string(place.path("dist/in.sigstore.json")).unwrap();
    std::fs::remove_file(place.path("dist/in.sigstore.json")).unwrap();
    place.write("dist/slipped-in.json", bundle.replacen('{', r#"{"main":"evil.js","#, 1));
    assert_eq!(place.verify(["dist", "--bundle", "dist"]).0, 1);
    std::fs::remove_file(place.path("dist/slipped-in.json")).unwrap();
    // nor is one with lines that are no evidence
    place.write("dist/in.sigstore.json", format!("{bundle}\nevil\n"));
    assert_eq!(place.verify(["dist", "--bundle", "dist/in.sigstore.json"]).0, 1);
    // and no copy, hard link or link target of a good bundle stands in for an attested file, or for nothing
    place.write("dist/in.sigstore.json", &bundle);
    for other in ["dist/a", "dist/extra.sh"] {
        let saved = std::fs::read(place.path(other)).ok();
        let _ = std::fs::remove_file(place.path(other));
        std::fs::hard_link(place.path("dist/in.sigstore.json"), place.path(other)).unwrap();
        assert_eq!(place.verify(["dist", "--bundle", "dist/in.sigstore.json"]).0, 1, "{other}");
        let outside = place.path("outside.json");
        std::os::unix::fs::symlink(place.path(other), &outside).unwrap();
        assert_eq!(place.verify(["dist", "--bundle", "outside.json"]).0, 1, "{other}");
        std::fs::remove_file(outside).unwrap();
        std::fs::remove_file(place.path(other)).unwrap();
        if let Some(saved) = saved {
            place.write(other, saved);
        }
    }
    let conf = place.read("dist/conf.json");
    place.write("dist/conf.json", &bundle);
    assert_eq!(place.verify(["dist", "--bundle", "dist"]).0, 1);
    place.write("dist/conf.json", conf);
    assert_eq!(place.verify(["dist", "--bundle", "dist"]).0, 0);
    place.write("dist/slipped-in.json", r#"{"main":"evil.js"}"#);
    for args in [["dist", "--bundle", "dist"].as_slice(), &["dist", "--bundle", "dist", "--partial"]] {
        let (status, verdict) = place.verify(args.iter().copied());
        assert_eq!(status, 1, "{args:?}");
        assert!(codes(&verdict["artifacts"][0]).contains(&"subject-mismatch"));
    }
    std::fs::remove_file(place.path("dist/slipped-in.json")).unwrap();
    place.write("dist/conf.json", "{\"changed\":1}");
    assert_eq!(place.verify(["dist", "--bundle", "dist/in.sigstore.json", "--bundle", "dist/conf.json"]).0, 1);
}

#[test]
fn what_is_no_file_in_it_is_refused() {
    let place = dist();
    std::fs::create_dir(place.path("empty")).unwrap();
    let verify = |path: &'static str| place.refused(["verify", path, "--key", "release.key.pub"]);
    assert_eq!(verify("empty"), "error: the folder `empty` has no files");
    assert_eq!(verify("/"), "error: `/` has no name of its own");
    std::os::unix::fs::symlink("a", place.path("dist/link")).unwrap();
    assert_eq!(verify("dist"), "error: `dist/link` is a symbolic link, and links are not followed");
    std::fs::remove_file(place.path("dist/link")).unwrap();
    assert!(place.command("mkfifo").arg("dist/pipe").status().unwrap().success());
    assert_eq!(verify("dist"), "error: `dist/pipe` is a FIFO, expected a file or a folder of files");
    for path in ["dist", "dist/", "."] {
        let line = place.refused(["sign", path, "--key", "release.key"]);
        assert_eq!(line, format!("error: `{path}` is a folder: a bare signature is over one file"));
    }
}

#[test]
fn many_files() {
    let place = Place::with_release();
    for index in 0..2000 {
        place.write(&format!("dist/{}/{index}", index % 7), index.to_string());
    }
    place.attest(["dist"]);
    assert_eq!(place.verify(["dist"]).0, 0);
    place.write("dist/3/1998", "another");
    let (status, verdict) = place.verify(["dist"]);
    assert_eq!((status, codes(&verdict["artifacts"][0])), (1, vec!["subject-mismatch"]));
    assert!(verdict["artifacts"][0]["reasons"][0]["found"].as_str().unwrap().starts_with("dist/3/1998 sha256:"));
}

#[test]
fn several_artifacts_are_one_statement() {
    let place = dist();
    place.write("tool", "t");
    let digest = format!("sha256:{}", "a".repeat(64));
    place.attest(["app", "dist", "tool", &digest, "--bundle", "all.json"]);
    assert_eq!(place.verify(["app", "dist", "tool", &digest, "--bundle", "all.json"]).0, 0);
    let args = ["attest", "app", "tool", "--key", "release.key", "--identity", "a:b"];
    assert_eq!(place.refused(args), "error: expected `--bundle OUT`, since there are several artifacts");
    let args = ["attest", "app", "./app", "--bundle", "x", "--key", "release.key", "--identity", "a:b"];
    assert_eq!(place.refused(args), "error: two artifacts have the name `app`");
}

#[test]
fn digests_are_those_asked_for() {
    let place = Place::with_release();
    place.attest(["app", "--bundle", "all.json", "--digest", "sha256", "--digest", "sha384", "--digest", "sha512"]);
    let shown = place.run(["inspect", "all.json", "--format", "json"]).json();
    let digest = &shown["found"][0]["envelope"]["statement"]["subjects"][0]["digest"];
    let names: Vec<&String> = digest.as_object().unwrap().keys().collect();
    assert_eq!(names, ["sha256", "sha384", "sha512"]);
    for name in names {
        let reference = format!("{name}:{}", digest[name].as_str().unwrap());
        assert_eq!(place.verify([reference.as_str(), "--bundle", "all.json"]).0, 0, "{reference}");
        // attested by sha256 alone, another digest says nothing
        let by_sha256 = place.verify([reference.as_str(), "--bundle", "app.sigstore.json"]).0;
        assert_eq!(by_sha256, i32::from(name != "sha256"), "{reference}");
    }
    let reference = format!("oci://registry.example/app@sha256:{}", digest["sha256"].as_str().unwrap());
    let args = ["attest", &reference, "--key", "release.key", "--identity", "a:b", "--bundle", "o"];
    let line = place.refused(args.iter().copied().chain(["--digest", "sha512"]));
    assert_eq!(line, format!("error: `{reference}` does not say its sha512 digest"));
    place.ok(args);
    assert_eq!(place.verify([reference.as_str(), "--bundle", "o"]).0, 0);
    assert_eq!(place.verify(["app", "--bundle", "o"]).0, 0);
}
