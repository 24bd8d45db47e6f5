"""The grammar of `when` and `if` sentences, for Lark's LALR parser. Keywords are in lower case."""

GRAMMAR = r"""
when: event                                 -> on_event
    | amount "after" event at?              -> after
    | several "after" NAME at?              -> near_after
    | amount "before" NAME at?              -> before
    | several "before" NAME at?             -> before
    | "on" NAME at?                         -> on_date
    | amount "without" event "since" event  -> silence
    | "every" INT? PERIOD ["on" DAY] at     -> every
event: NAME BY_CUSTOMER?
amount: duration | NAME
several: INT ("," INT)* "and" INT UNIT
at: "at" CLOCK

?condition: all_ ("or" all_)+               -> any_of
    | all_
?all_: not_ ("and" not_)+                   -> all_of
    | not_
?not_: "not" not_                           -> negated
    | "(" condition ")"                     -> bracketed
    | comparison
?comparison: sum OP sum                     -> compared
    | sum "between" sum "and" sum           -> between
    | sum "is" KNOWN                        -> known
    | sum "contains" sum                    -> contains
    | sum "in" "[" items "]"                 -> member
    | sum NOT_IN "[" items "]"               -> no_member
    | QUANTIFIER NAME "where" not_          -> quantified
    | NAME "happened" BY_CUSTOMER? within?  -> happened
    | sum
within: "within" duration
items: value ("," value)*
?sum: product
    | sum SIGN product                      -> added
?product: value
    | value "*" value                       -> multiplied
?value: "(" sum ")"                         -> bracketed
    | plain CURRENCY                        -> money
    | duration
    | DATE_TIME                             -> date
    | DATE                                  -> date
    | plain
    | SIGN plain                            -> signed
    | BOOLEAN                               -> boolean
    | TEXT                                  -> text
    | COUNTED "of" NAME BY_CUSTOMER? within                -> counted
    | COUNTED "of" NAME "where" "(" condition ")"          -> counted_in
    | NOW                                   -> now
    | NAME                                  -> name
    | WORD                                  -> word
plain: INT | NUMBER
duration: plain UNIT

COUNTED: "number"
OP: "!=" | "<=" | ">=" | "=" | "<" | ">"
SIGN: "+" | "-"
KNOWN.5: /(known|unknown)\b/
NOW.5: /(now|today)\b(?!\.)/
BOOLEAN.5: /(true|false)\b/
QUANTIFIER.5: /(any|every|no)(?= [a-z])/
BY_CUSTOMER.5: /by +the +customer(?![\w.])/
NOT_IN.5: /not in(?= *\[)/
PERIOD.2: /(days?|weeks?|months?)\b/
DAY: /(mon|tues|wednes|thurs|fri|satur|sun)day|day +([12][0-9]|3[01]|[1-9])(?![0-9])/i
UNIT.2: /(business days?|minutes?|m|hours?|h|days?|d|weeks?|months?)(?![a-z_])/
CURRENCY.2: /(?!AND|NOT)[A-Z]{3}(?![A-Za-z])/
DATE_TIME.4: /\d{4}-\d\d-\d\d \d\d:\d\d/
DATE.3: /\d{4}-\d\d-\d\d/
CLOCK.3: /([01]\d|2[0-3]):[0-5]\d/
NUMBER.2: /\d+\.\d+/
INT: /\d+/
TEXT: /"[^"]*"|'[^']*'/
NAME: /[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)+/
WORD: /[A-Za-z][A-Za-z0-9_-]*/
%ignore /[ \t\n]+/
"""

# What the terminals are called where a message says what may follow; equal names are said once.
NAMED = {
    "NAME": "a name such as order.total",
    "OP": "= != < <= > >=",
    "SIGN": "+ -",
    "STAR": "*",
    "KNOWN": "known or unknown",
    "NOW": "now or today",
    "BOOLEAN": "true or false",
    "QUANTIFIER": "any, every or no",
    "NOT_IN": "not in",
    "BY_CUSTOMER": "by the customer",
    "PERIOD": "day, week or month",
    "DAY": "a weekday or day 1 to day 31",
    "CLOCK": "a time such as 10:00",
    "UNIT": "minutes, hours, days, weeks or months",
    "CURRENCY": "a currency such as EUR",
    "DATE_TIME": "a date",
    "DATE": "a date",
    "NUMBER": "a number",
    "COUNTED": "number of",
    "INT": "a number",
    "TEXT": "a text",
    "WORD": "a word",
    "LSQB": "[",
    "RSQB": "]",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "$END": "the end",
}
