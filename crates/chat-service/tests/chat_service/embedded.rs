//! The README's program.

#[path = "../../examples/embedded.rs"]
#[allow(dead_code, reason = "its main is not run here")]
mod program;

#[tokio::test]
async fn the_program_of_the_readme_runs_twice_over_one_file() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let said = program::talk(&folder.path().join("chat.db")).await.unwrap();
        assert_eq!(said, ["You said: What should we do first?", "You said: And then?"]);
    }
}
