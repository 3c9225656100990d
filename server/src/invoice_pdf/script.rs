//! What has to be known of characters and their scripts to set them.

use unicode_bidi::{BidiClass, bidi_class};
use unicode_script::{Script, UnicodeScript};

/// Whether a character needs no setting: one glyph for it, from left to right, wherever it stands.
pub(super) const fn is_plain(c: char) -> bool {
    matches!(c,
        '\0'..='\u{2ff}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}' | '\u{2010}'..='\u{20cf}'
        | '\u{2100}'..='\u{2bff}' | '\u{fb00}'..='\u{fb06}' | '\u{fffd}')
}

/// Characters that Unicode says are not seen: marks of direction, joiners, variation selectors, tags. A font that lacks
/// them must not show a replacement for them.
pub(super) const fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The two characters that say whether letters are joined: Persian and the scripts of India are written with them.
pub(super) const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// The marks of direction that belong to a text. Those that turn it round as a whole are left out: they make `exe.txt` of
/// something else.
pub(super) const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

/// Whether a text has letters that are written from right to left.
pub(super) fn has_right_to_left(text: &str) -> bool {
    text.chars().any(|c| c >= '\u{590}' && matches!(bidi_class(c), BidiClass::R | BidiClass::AL) && !is_ignorable(c))
}

/// The script that a character belongs to by itself. What stands among Chinese characters is one with them.
pub(super) fn script_of(c: char) -> Option<Script> {
    match c.script() {
        Script::Common | Script::Inherited | Script::Unknown => None,
        Script::Hiragana | Script::Katakana | Script::Bopomofo => Some(Script::Han),
        script => Some(script),
    }
}

/// Whether a script can be read without the rules that a font has for it. Where letters join, change places or grow
/// together, a font that lacks the rules would draw something else.
pub(super) const fn is_simple(script: Script) -> bool {
    matches!(
        script,
        Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Armenian
            | Script::Georgian
            | Script::Hebrew
            | Script::Thai
            | Script::Lao
            | Script::Ethiopic
            | Script::Cherokee
            | Script::Canadian_Aboriginal
            | Script::Han
            | Script::Hangul
    )
}

/// The names under which a font may have its rules for a script.
pub(super) fn tags(script: Script) -> [[u8; 4]; 2] {
    let newer = match script {
        Script::Bengali => *b"bng2",
        Script::Devanagari => *b"dev2",
        Script::Gujarati => *b"gjr2",
        Script::Gurmukhi => *b"gur2",
        Script::Kannada => *b"knd2",
        Script::Malayalam => *b"mlm2",
        Script::Myanmar => *b"mym2",
        Script::Nko => *b"nko ",
        Script::Oriya => *b"ory2",
        Script::Tamil => *b"tml2",
        Script::Telugu => *b"tel2",
        _ => iso(script),
    };
    [newer, iso(script).map(|byte| byte.to_ascii_lowercase())]
}

/// A script's name by ISO 15924.
pub(super) fn iso(script: Script) -> [u8; 4] {
    script.short_name().as_bytes().try_into().unwrap_or(*b"Zyyy")
}

/// Whether a line may end between two characters that no space parts. In Chinese and Japanese it may almost anywhere.
pub(super) fn may_break(before: char, after: char) -> bool {
    (is_ideographic(before) || is_ideographic(after)) && !never_ends(before) && !never_begins(after)
}

const fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{31ff}' | '\u{3200}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff9f}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3ffff}')
}

const fn never_ends(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '«'
            | '‘'
            | '“'
            | '〈'
            | '《'
            | '「'
            | '『'
            | '【'
            | '〔'
            | '〖'
            | '〘'
            | '〚'
            | '〝'
            | '（'
            | '［'
            | '｛'
            | '｟'
            | '｢'
            | '$'
            | '€'
            | '£'
            | '¥'
            | '￥'
            | '＄'
            | '\u{a0}'
    )
}

const fn never_begins(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '»' | '’' | '”' | '.' | ',' | ':' | ';' | '!' | '?' | '%' | '‰' | '…' | '、' | '。' | '〉'
        | '》' | '」' | '』' | '】' | '〕' | '〗' | '〙' | '〛' | '〞' | '〟' | '！' | '）' | '，' | '．' | '：' | '；' | '？'
        | '］' | '｝' | '｠' | '｡' | '｣' | '､' | '・' | '･' | '％' | '々' | '〻' | 'ー' | 'ｰ' | 'ゝ' | 'ゞ' | 'ヽ' | 'ヾ' | '〜'
        | 'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' | 'ゕ' | 'ゖ' | 'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ'
        | 'ャ' | 'ュ' | 'ョ' | 'ヮ' | 'ヵ' | 'ヶ' | '\u{3099}'..='\u{309c}' | '\u{31f0}'..='\u{31ff}' | '\u{ff67}'..='\u{ff6f}'
        | '\u{a0}')
}
