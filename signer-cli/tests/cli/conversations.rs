//! Conversations as they look in a shell: `tests/cmd/*.trycmd`.

#[test]
fn conversations() {
    let cases = trycmd::TestCases::new();
    for name in ["SIGNER_POLICY", "CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "NO_COLOR"] {
        cases.env(name, ""); // as if unset
    }
    cases.case("tests/cmd/*.trycmd");
}
