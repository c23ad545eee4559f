//! What an agent is asked in the course of a task, and the plan it may make.

use domain::Task;

/// The most steps of a plan; what is behind them is left out.
const MOST: usize = 8;

/// The first question: the task, and how it may be done.
pub(super) fn begin(task: &Task) -> String {
    let mut text = format!("You have a task to do.\n\nTitle: {}\n", task.title);
    if !task.description.trim().is_empty() {
        text.push_str("\nDescription:\n");
        text.push_str(&task.description);
        text.push('\n');
    }
    text.push_str(
        "\nIf you can do it in one answer, do it now: answer with the result and nothing else.\n\
         If it is larger work, answer with a plan instead, and do nothing yet: at most 8 lines, each of the form\n\
         STEP 1: what is done first\n\
         STEP 2: what is done next\n\
         You will then be asked to do one step after the other.",
    );
    text
}

/// The question for one step of the plan.
pub(super) fn step(number: i32, steps: usize, what: &str) -> String {
    format!(
        "Do step {number} of {steps} now: {what}\n\nAnswer with what comes out of this step. Make no new plan."
    )
}

/// The last question.
pub(super) fn result() -> String {
    "All steps are done. Now give the result of the whole task: complete, in a form that can be used without reading \
     the steps above."
        .to_owned()
}

/// The steps of an answer that begins with a plan; none when it is the result.
pub(super) fn steps(answer: &str) -> Vec<String> {
    let lines = answer.lines().map(str::trim).filter(|line| !line.is_empty());
    (1..).zip(lines).map_while(|(number, line)| step_of(line, number)).take(MOST).collect()
}

/// What a line `STEP <number>: …` says, with or without the marks of a list or of bold type around it.
fn step_of(line: &str, number: usize) -> Option<String> {
    let bare = |text: &str| -> String { text.chars().filter(|c| !matches!(c, '*' | '#' | '`')).collect() };
    let line = bare(line);
    let line = line.trim_start_matches(['-', ' ', '\t']);
    let (head, what) = line.split_once(':')?;
    let (word, count) = head.trim().split_once(' ')?;
    let what = what.trim();
    let is_step = word.eq_ignore_ascii_case("step") && count.trim() == number.to_string() && !what.is_empty();
    is_step.then(|| what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_begins_with_steps_is_a_plan() {
        let plan = "\nSTEP 1: Ask around\n\n- **Step 2:** Write it: down\nSTEP 3: \nmore";
        assert_eq!(steps(plan), ["Ask around", "Write it: down"]);
        assert_eq!(steps("STEP 1: a\nSTEP 3: c"), ["a"]);
        let long: String = (1..=12).map(|number| format!("STEP {number}: it\n")).collect();
        assert_eq!(steps(&long).len(), MOST);
    }

    #[test]
    fn any_other_answer_is_a_result() {
        for answer in
            ["", "42", "Here is my plan:\nSTEP 1: x", "STEP 2: x", "STEP one: x", "STEP 1 x", "Steps 1: x"]
        {
            assert!(steps(answer).is_empty(), "{answer}");
        }
    }
}
