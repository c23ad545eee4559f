//! A prompt that fits.

use crate::{PromptMessage, PromptRole};

/// Shortens a prompt until it and an answer of `reserve_tokens` fit into `context_tokens`, as far as can be told without
/// the model's tokenizer: [`estimate_tokens`] guesses high for plain text, so a prompt that fits here fits there.
///
/// The oldest turns are left out first, each as a whole (a turn is a user's message and what follows up to the next one).
/// The system messages at the start and the last user message with what follows it always stay, even when they alone
/// are too long: the server then says so itself.
///
/// ```
/// # use llm_gateway::{fit, PromptMessage as M};
/// let long = "x".repeat(3_000);
/// let prompt = vec![M::system("Be brief."), M::user(&long), M::assistant(&long), M::user("And now?")];
/// let kept = fit(prompt, 1_000, 100);
/// assert_eq!(kept, [M::system("Be brief."), M::user("And now?")]);
/// ```
pub fn fit(mut messages: Vec<PromptMessage>, context_tokens: u32, reserve_tokens: u32) -> Vec<PromptMessage> {
    let budget = u64::from(context_tokens.saturating_sub(reserve_tokens));
    let mut total: u64 = messages.iter().map(estimate_tokens).sum();
    if total <= budget {
        return messages;
    }
    let is_user = |message: &PromptMessage| message.role == PromptRole::User;
    let head = messages.iter().take_while(|message| message.role == PromptRole::System).count();
    let tail = messages.iter().rposition(is_user).unwrap_or(messages.len().saturating_sub(1)).max(head);

    let mut cut = head;
    let mut left_out = 0;
    for (place, message) in messages.iter().enumerate().take(tail).skip(head) {
        if is_user(message) {
            total -= std::mem::take(&mut left_out);
            cut = place;
            if total <= budget {
                break;
            }
        }
        left_out += estimate_tokens(message);
    }
    if total > budget {
        cut = tail;
    }
    messages.drain(head..cut);
    messages
}

/// A high guess at the tokens a message takes: one for every three bytes of UTF-8, and eight for its role and markers.
/// English has about four bytes to a token, Chinese about three or more; only dense text (base64, digits) takes more.
pub fn estimate_tokens(message: &PromptMessage) -> u64 {
    let calls = message.calls.iter().map(|call| call.name.len() + call.arguments.len() + 24).sum::<usize>();
    let bytes = message.content.len() + calls;
    u64::try_from(bytes.div_ceil(3)).unwrap_or(u64::MAX / 2).saturating_add(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use PromptMessage as M;

    fn total(messages: &[M]) -> u64 {
        messages.iter().map(estimate_tokens).sum()
    }

    /// A message that counts `tokens` tokens.
    fn sized(role: PromptRole, tokens: usize) -> M {
        M::new(role, "x".repeat((tokens - 8) * 3))
    }

    #[test]
    fn a_prompt_that_fits_is_left_alone() {
        let prompt = vec![sized(PromptRole::System, 10), sized(PromptRole::User, 20)];
        assert_eq!(fit(prompt.clone(), 40, 10), prompt);
        assert_eq!(fit(Vec::new(), 0, 0), []);
    }

    #[test]
    fn the_oldest_turns_go_first_and_whole() {
        use PromptRole::{Assistant, System, User};
        let prompt = [
            (System, 10),
            (Assistant, 11),
            (User, 12),
            (Assistant, 13),
            (System, 14),
            (User, 15),
            (Assistant, 16),
            (User, 17),
        ]
        .map(|(role, tokens)| sized(role, tokens));
        let kept = |context| fit(prompt.to_vec(), context, 0);
        let without = |count: usize| [&prompt[..1], &prompt[1 + count..]].concat();
        assert_eq!(kept(108), prompt);
        assert_eq!(kept(107), without(1), "a greeting before the first turn");
        assert_eq!(kept(97), without(1));
        assert_eq!(kept(96), without(4), "the first turn with all that follows it");
        assert_eq!(kept(58), without(4));
        assert_eq!(kept(57), without(6));
        assert_eq!(kept(0), without(6), "the system prompt and the question always stay");
    }

    #[test]
    fn without_a_question_the_last_message_stays() {
        let prompt = vec![sized(PromptRole::Assistant, 20), sized(PromptRole::Assistant, 20)];
        assert_eq!(fit(prompt.clone(), 20, 0), prompt[1..]);
        let only_system = vec![sized(PromptRole::System, 20); 2];
        assert_eq!(fit(only_system.clone(), 1, 0), only_system);
    }

    #[test]
    fn whatever_the_prompt_it_is_a_suffix_after_the_head_and_as_long_as_possible() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for _ in 0..5_000 {
            let roles = [PromptRole::System, PromptRole::User, PromptRole::Assistant];
            let count = usize::try_from(next(12)).unwrap();
            let prompt: Vec<M> = (0..count)
                .map(|place| {
                    let role = roles[usize::try_from(next(3)).unwrap()];
                    M::new(role, format!("{place}{}", "é".repeat(usize::try_from(next(40)).unwrap())))
                })
                .collect();
            let (context, reserve) = (u32::try_from(next(300)).unwrap(), u32::try_from(next(100)).unwrap());
            let budget = u64::from(context.saturating_sub(reserve));
            let kept = fit(prompt.clone(), context, reserve);

            let head = prompt.iter().take_while(|m| m.role == PromptRole::System).count();
            assert_eq!(kept[..head], prompt[..head]);
            assert!(prompt[head..].ends_with(&kept[head..]));
            if let Some(question) = prompt.iter().rposition(|m| m.role == PromptRole::User) {
                assert!(kept.contains(&prompt[question]));
                assert!(
                    kept.len() == prompt.len() || kept[head].role == PromptRole::User,
                    "a turn was cut in two"
                );
                let alone = total(&prompt[..head]) + total(&prompt[question..]);
                assert!(total(&kept) <= budget.max(alone));
            }
            // The next older turn would not have fitted.
            let cut = prompt.len() - kept.len();
            if cut > 0 {
                let older =
                    prompt[head..head + cut].iter().rposition(|m| m.role == PromptRole::User).unwrap_or(0);
                assert!(total(&prompt[..head]) + total(&prompt[head + older..]) > budget);
            }
        }
    }
}
