use super::*;

const TWO_SPACES: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject"
      ],
      "Resource": "*"
    },
    {
      "Sid": "Send",
      "Effect": "Allow",
      "Action": "sqs:*",
      "Resource": "*"
    }
  ]
}
"#;

#[test]
fn no_edit_is_no_change() {
    for text in [TWO_SPACES.to_owned(), TWO_SPACES.replace('\n', "\r\n"), format!("\u{feff}{}\n\n", TWO_SPACES.trim())]
    {
        let source = PolicySource::parse(text.as_str()).unwrap();
        assert_eq!(source.edit(&BTreeMap::new()).unwrap(), text);
        let same = source.document().statements.iter().cloned().enumerate();
        let same = same.map(|(at, statement)| (at, StatementEdit::Replace(vec![statement]))).collect();
        assert_eq!(source.edit(&same).unwrap(), text);
        assert_eq!(source.text(), text);
    }
}

/// The text with these lines instead of others; each must be there.
#[track_caller]
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    })
}

#[test]
fn elements_go_with_their_lines() {
    let read = |actions: &str| format!(r#"{{"Sid": "Read", "Effect": "Allow", "Action": {actions}, "Resource": "*"}}"#);
    for (actions, changes) in [
        (r#"["s3:ListBucket", "s3:PutObject"]"#, &[("        \"s3:GetObject\",\n", "")][..]),
        (r#"["s3:GetObject", "s3:PutObject"]"#, &[("        \"s3:ListBucket\",\n", "")]),
        (r#"["s3:GetObject", "s3:ListBucket"]"#, &[(",\n        \"s3:PutObject\"", "")]),
        (r#""s3:ListBucket""#, &[("        \"s3:GetObject\",\n", ""), (",\n        \"s3:PutObject\"", "")]),
        (r#"["s3:GetObject", "s3:GetAcl", "s3:PutObject"]"#, &[("ListBucket", "GetAcl")]),
        (
            r#"["s3:Head", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]"#,
            &[("[\n        \"s3:Get", "[\n        \"s3:Head\",\n        \"s3:Get")],
        ),
        (
            r#"["s3:PUTOBJECT", "s3:listbucket", "s3:getobject", "s3:Last"]"#,
            &[("\"s3:GetObject\",", "\"s3:GetObject\",\n        \"s3:Last\",")],
        ),
        (
            r#"["s3:Other"]"#,
            &[(
                "        \"s3:GetObject\",\n        \"s3:ListBucket\",\n        \"s3:PutObject\"",
                "        \"s3:Other\"",
            )],
        ),
    ] {
        for (tabs, end) in [(false, "\n"), (true, "\n"), (false, "\r\n"), (true, "\r\n")] {
            let style = |text: &str| if tabs { text.replace("  ", "\t") } else { text.to_owned() }.replace('\n', end);
            becomes(&style(TWO_SPACES), &[(0, &[&read(actions)])], &style(&with(TWO_SPACES, changes)));
        }
    }
}

#[test]
fn statements_go_with_their_lines_and_comma() {
    let (head, rest) = TWO_SPACES.split_once("    {\n").unwrap();
    let (read, send) = rest.split_once("    },\n    {\n").unwrap();
    let send = send.strip_suffix("    }\n  ]\n}\n").unwrap();
    let only = |body: &str| format!("{head}    {{\n{body}    }}\n  ]\n}}\n");
    becomes(TWO_SPACES, &[(0, &[])], &only(send));
    becomes(TWO_SPACES, &[(1, &[])], &only(read));
}

#[test]
fn one_string_becomes_an_array_as_the_document_has_them() {
    let send = r#"{"Sid": "Send", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:Get*"], "Resource": "*"}"#;
    let after = "[\n        \"sqs:SendMessage\",\n        \"sqs:Get*\"\n      ]";
    becomes(TWO_SPACES, &[(1, &[send])], &with(TWO_SPACES, &[("\"sqs:*\"", after)]));

    let inline = TWO_SPACES
        .replace("[\n        \"s3", "[ \"s3")
        .replace(",\n        \"s3", ", \"s3")
        .replace("\"\n      ]", "\" ]");
    becomes(&inline, &[(1, &[send])], &with(&inline, &[("\"sqs:*\"", "[ \"sqs:SendMessage\", \"sqs:Get*\" ]")]));

    // Without any array to go by, a line for each.
    let none = with(
        TWO_SPACES,
        &[("[\n        \"s3:GetObject\",\n        \"s3:ListBucket\",\n        \"s3:PutObject\"\n      ]", "\"s3:*\"")],
    );
    becomes(&none, &[(1, &[send])], &with(&none, &[("\"sqs:*\"", after)]));
    becomes(
        &none,
        &[(1, &[r#"{"Sid": "Send", "Effect": "Allow", "Action": ["sqs:Get*"], "Resource": ["arn:aws:sqs:*:*:a"]}"#])],
        &none.replace("sqs:*", "sqs:Get*").replace("\"*\"\n    }\n  ]", "\"arn:aws:sqs:*:*:a\"\n    }\n  ]"),
    );
}

#[test]
fn further_statements_are_laid_out_like_the_first() {
    let before = r#"{
    "Statement": [

        {
            "Resource" : ["*"],
            "Action" : [ "s3:GetObject",   "s3:PutObject" ],
            "Effect" : "Allow",
            "Sid" : "\u0041"
        },

        {
            "Resource": "*", "Action": "sqs:*", "Effect": "Allow"
        }

    ]
}"#;
    let after = r#"{
    "Statement": [

        {
            "Resource" : ["*"],
            "Action" : [ "s3:GetObject" ],
            "Effect" : "Allow",
            "Sid" : "\u0041"
        },

        {
            "Resource" : ["arn:aws:s3:::b/*"],
            "Action" : [ "s3:PutObject" ],
            "Effect" : "Allow"
        },

        {
            "Resource": "*", "Action": "sqs:*", "Effect": "Allow"
        }

    ]
}"#;
    let get = r#"{"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
    let put = r#"{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}"#;
    becomes(before, &[(0, &[get, put])], after);
    becomes(after, &[(1, &[])], &with(before, &[("[ \"s3:GetObject\",   \"s3:PutObject\" ]", "[ \"s3:GetObject\" ]")]));

    let compact = before.split_once("\n            \"Resource\": ").unwrap();
    let twice = format!(
        "{}\n            \"Resource\": \"*\", \"Action\": \"sqs:Get*\", \"Effect\": \"Allow\"\n        }},\n\n        {{\n            \"Resource\": [\"a\", \"b\"], \"Action\": \"sqs:Send*\", \"Effect\": \"Allow\"\n        }}\n\n    ]\n}}",
        compact.0
    );
    let (gets, sends) = (
        r#"{"Effect": "Allow", "Action": "sqs:Get*", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Action": "sqs:Send*", "Resource": ["a", "b"]}"#,
    );
    becomes(before, &[(1, &[gets, sends])], &twice);
}

#[test]
fn minified_documents_stay_on_one_line() {
    let statement = |colon: &str, comma: &str, fields: &[(&str, &str)]| {
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\":{colon}{value}")).collect();
        format!("{{{}}}", fields.join(&format!(",{comma}")))
    };
    for (colon, comma) in [("", ""), (" ", " "), (" ", ""), ("", " ")] {
        let s = |fields: &[(&str, &str)]| statement(colon, comma, fields);
        let before = s(&[("Effect", "\"Allow\""), ("Action", "\"s3:*\""), ("Resource", "\"*\"")]);
        let list = format!("[\"s3:Get*\",{comma}\"s3:Put*\"]");
        let first = s(&[("Effect", "\"Allow\""), ("Action", &list), ("Resource", "\"*\"")]);
        let bool = statement(colon, comma, &[("Bool", &statement(colon, comma, &[("aws:ViaAWSService", "\"true\"")]))]);
        let second = s(&[
            ("Sid", "\"L\""),
            ("Effect", "\"Allow\""),
            ("Action", "\"s3:List*\""),
            ("Resource", "\"*\""),
            ("Condition", &bool),
        ]);
        let document = |all: &str| statement(colon, comma, &[("Version", "\"2012-10-17\""), ("Statement", all)]);
        becomes(&document(&before), &[(0, &[&first])], &document(&first));
        becomes(&document(&before), &[(0, &[&first, &second])], &document(&format!("[{first},{comma}{second}]")));
        becomes(
            &document(&format!("[{before}]")),
            &[(0, &[&first, &second])],
            &document(&format!("[{first},{comma}{second}]")),
        );
        becomes(&document(&format!("[{first},{comma}{second}]")), &[(0, &[])], &document(&format!("[{second}]")));
        becomes(&document(&format!("[{first},{comma}{second}]")), &[(1, &[])], &document(&format!("[{first}]")));
    }
}

#[test]
fn minified_documents_stay_on_one_line_however_long_it_gets() {
    let actions: Vec<String> = (0..40).map(|at| format!("\"sqs:SendMessage{at}\"")).collect();
    let after = format!(r#"{{"Statement":{{"Effect":"Allow","Action":[{}],"Resource":"*"}}}}"#, actions.join(","));
    let statement = after.strip_prefix("{\"Statement\":").unwrap().strip_suffix('}').unwrap();
    for before in [r#""sqs:*""#, r#"["sqs:*"]"#, "[]"] {
        let before = format!(r#"{{"Statement":{{"Effect":"Allow","Action":{before},"Resource":"*"}}}}"#);
        becomes(&before, &[(0, &[statement])], &after);
    }
}

#[test]
fn an_only_statement_becomes_an_array_one_level_deeper() {
    let before = "{\r\n\t\"Statement\": {\r\n\t\t\"Effect\": \"Allow\",\r\n\r\n\t\t\"NotAction\": \"iam:*\",\r\n\t\t\"Resource\": \"*\"\r\n\t}\r\n}\r\n";
    let after = "{\r\n\t\"Statement\": [\r\n\t\t{\r\n\t\t\t\"Effect\": \"Allow\",\r\n\r\n\t\t\t\"Action\": \"s3:*\",\r\n\t\t\t\"Resource\": \"*\"\r\n\t\t},\r\n\t\t{\r\n\t\t\t\"Effect\": \"Allow\",\r\n\r\n\t\t\t\"Action\": \"sqs:*\",\r\n\t\t\t\"Resource\": \"*\"\r\n\t\t}\r\n\t]\r\n}\r\n";
    let [s3, sqs] =
        ["s3:*", "sqs:*"].map(|action| format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#));
    becomes(before, &[(0, &[&s3, &sqs])], after);
    becomes(before, &[(0, &[&s3])], &with(before, &[("\"NotAction\": \"iam:*\"", "\"Action\": \"s3:*\"")]));
}

#[test]
fn a_key_and_its_opposite_change_in_place() {
    let before = r#"{
   "Statement": [
      {  "NotAction" :[ "iam:*" , "sts:*" ],   "Effect":"Allow",
         "NotResource":  "arn:aws:s3:::secret" }
   ]
}"#;
    becomes(
        before,
        &[(
            0,
            &[
                r#"{"Effect": "Allow", "Action": ["s3:Get*", "sts:*", "s3:Put*"], "NotResource": "arn:aws:s3:::secret"}"#,
            ],
        )],
        &with(
            before,
            &[("\"NotAction\" :[ \"iam:*\" , \"sts:*\" ]", "\"Action\" :[ \"s3:Get*\" , \"sts:*\" , \"s3:Put*\" ]")],
        ),
    );
    becomes(
        before,
        &[(0, &[r#"{"Effect": "Allow", "NotAction": ["sts:*", "iam:*"], "Resource": "*"}"#])],
        &with(before, &[("\"NotResource\":  \"arn:aws:s3:::secret\"", "\"Resource\":  \"*\"")]),
    );
}

#[test]
fn new_keys_go_where_documentation_has_them() {
    let before = r#"{
  "Statement": [
    {
      "Effect": "Allow",
      "Resource": "*",
      "Comment": {"why": 1.50},
      "Action": "s3:*"
    }
  ]
}"#;
    let after = r#"{
  "Statement": [
    {
      "Sid": "A",
      "Effect": "Allow",
      "Resource": "*",
      "Comment": {"why": 1.50},
      "Action": "s3:*",
      "Condition": {"Bool": {"aws:x": "true"}}
    }
  ]
}"#;
    let json = |rest: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Comment": {{"why": 1.5}}{rest}}}"#)
    };
    let full = json(r#", "Sid": "A", "Condition": {"Bool": {"aws:x": "true"}}"#);
    becomes(before, &[(0, &[&full])], after);
    becomes(after, &[(0, &[&json("")])], before);
    // One level of indentation for each level, where the document has no objects on one line to go by.
    let plain = before.replace("      \"Comment\": {\"why\": 1.50},\n", "");
    let long = "\"Action\": \"s3:*\",\n      \"Condition\": {\n        \"Bool\": {\n          \"aws:x\": \"true\"\n        }\n      }";
    let changes = [("\"Action\": \"s3:*\"", long), ("      \"Effect\"", "      \"Sid\": \"A\",\n      \"Effect\"")];
    becomes(&plain, &[(0, &[&full.replace(r#""Comment": {"why": 1.5}, "#, "")])], &with(&plain, &changes));
}

#[test]
fn conditions_change_by_operator_key_and_value() {
    let before = r#"{
  "Statement": [
    {
      "Effect": "Allow", "Action": "s3:*", "Resource": "*",
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "home/\u002a",
            "tmp/*"
          ],
          "aws:x": "a"
        },
        "bool": { "aws:SecureTransport": true }
      }
    }
  ]
}"#;
    let json = |condition: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#)
    };
    becomes(
        before,
        &[(
            0,
            &[&json(
                r#"{"StringLike": {"s3:prefix": "home/*", "aws:x": "a"}, "Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}}"#,
            )],
        )],
        &with(before, &[(",\n            \"tmp/*\"", ""), ("true }", "true, \"aws:ViaAWSService\": \"false\" }")]),
    );
    becomes(
        before,
        &[(0, &[&json(r#"{"StringLike": {"s3:prefix": ["tmp/*", "home/*"], "aws:x": ["a", "b"]}}"#)])],
        &with(
            before,
            &[
                ("\"a\"", "[\n            \"a\",\n            \"b\"\n          ]"),
                (",\n        \"bool\": { \"aws:SecureTransport\": true }", ""),
            ],
        ),
    );
}

#[test]
fn principals_change_in_their_order() {
    let before = r#"{"Statement": [
  {"Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"], "Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"#;
    let json = |principal: &str| format!(r#"{{"Effect": "Allow", {principal}, "Action": "sts:AssumeRole"}}"#);
    becomes(
        before,
        &[(0, &[&json(r#""Principal": {"AWS": ["222222222222", "111111111111", "333333333333"]}"#)])],
        &with(
            before,
            &[
                ("[\"111111111111\", \"222222222222\"]", "[\"222222222222\", \"111111111111\", \"333333333333\"]"),
                (", \"Service\": \"ec2.amazonaws.com\"", ""),
            ],
        ),
    );
    becomes(
        before,
        &[(0, &[&json(r#""NotPrincipal": "*""#)])],
        &with(
            before,
            &[(
                r#""Principal": {"AWS": ["111111111111", "222222222222"], "Service": "ec2.amazonaws.com"}"#,
                r#""NotPrincipal": "*""#,
            )],
        ),
    );
}

#[test]
fn repetitions_stay_as_long_as_the_action_does() {
    let before = r#"{
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "lambda:GetFunctionConfiguration",
                "lambda:DeleteFunction",
                "lambda:GetFunctionConfiguration",
                "lambda:AddPermission"
            ],
            "Resource": [
                "*"
            ]
        }
    ]
}"#;
    let json = |actions: &str| format!(r#"{{"Effect": "Allow", "Action": [{actions}], "Resource": "*"}}"#);
    let config = r#""lambda:GetFunctionConfiguration""#;
    let without_delete = with(before, &[("                \"lambda:DeleteFunction\",\n", "")]);
    becomes(before, &[(0, &[&json(&format!(r#"{config}, {config}, "lambda:AddPermission""#))])], &without_delete);
    becomes(before, &[(0, &[&json(&format!(r#"{config}, "lambda:AddPermission""#))])], &without_delete);
    // What is new goes behind the one that the new list has it behind.
    let after_second =
        format!("{config},\n                \"lambda:Invoke*\",\n                \"lambda:AddPermission\"");
    becomes(
        before,
        &[(0, &[&json(&format!(r#"{config}, {config}, "lambda:Invoke*", "lambda:AddPermission""#))])],
        &without_delete.replace(&format!("{config},\n                \"lambda:AddPermission\""), &after_second),
    );
    let line = format!("                {config},\n");
    let others = json(r#""lambda:DeleteFunction", "lambda:AddPermission""#);
    becomes(before, &[(0, &[&others])], &before.replace(&line, ""));
    // A further statement has no lines to spare, and repeats nothing.
    let split = edit(before, &[(0, &[&others, &json(config)])]).unwrap();
    assert_eq!(split.matches("GetFunctionConfiguration").count(), 1, "{split}");
}

#[test]
fn arrays_on_one_line_stay_there_up_to_120_columns() {
    let before = r#"{
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["sqs:SendMessage", "sqs:Get*"],
      "Resource": "*"
    }
  ]
}"#;
    let json = |names: &str| format!(r#"{{"Effect": "Allow", "Action": [{names}], "Resource": "*"}}"#);
    let old = r#""sqs:SendMessage", "sqs:Get*""#;
    let of_width = |width: usize| format!("{old}, \"sqs:{}\"", "A".repeat(width - 56));
    let (short, long) = (of_width(120), of_width(121));
    assert!(before.replace(old, &short).lines().any(|line| line.len() == 120));
    becomes(before, &[(0, &[&json(&short)])], &before.replace(old, &short));
    let lines = format!("[\n        {}\n      ]", long.replace(", ", ",\n        "));
    becomes(before, &[(0, &[&json(&long)])], &before.replace(&format!("[{old}]"), &lines));
    // An array that is wider already stays as wide as its author likes it.
    let wide = before.replace(old, &long);
    let wider = format!("{long}, \"sqs:Last\"");
    becomes(&wide, &[(0, &[&json(&wider)])], &wide.replace(&long, &wider));
    becomes(&wide, &[(0, &[&json(old)])], before);
}

#[test]
fn wrapped_lists_keep_the_lines_of_what_stays() {
    let before = "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": [\"s3:A\", \"s3:B\",\n               \"s3:C\", \"s3:D\",\n               \"s3:E\"],\n    \"Resource\": \"*\"\n  }\n}\n";
    let json = |names: &str| format!(r#"{{"Effect": "Allow", "Action": [{names}], "Resource": "*"}}"#);
    for (names, changes) in [
        (r#""s3:A", "s3:B", "s3:D", "s3:E""#, &[("\"s3:C\", ", "")][..]),
        (r#""s3:B", "s3:C", "s3:D", "s3:E""#, &[("\"s3:A\", ", "")]),
        (r#""s3:A", "s3:B", "s3:E""#, &[("\n               \"s3:C\", \"s3:D\",", "")]),
        (r#""s3:A", "s3:C", "s3:D""#, &[(", \"s3:B\"", ""), (",\n               \"s3:E\"", "")]),
        (r#""s3:A", "s3:B", "s3:X", "s3:D", "s3:E""#, &[("s3:C", "s3:X")]),
        (r#""s3:A", "s3:B", "s3:C", "s3:D", "s3:E", "s3:F""#, &[("\"s3:E\"", "\"s3:E\", \"s3:F\"")]),
    ] {
        becomes(before, &[(0, &[&json(names)])], &with(before, changes));
    }
    let long = "A".repeat(90);
    let grown = with(before, &[("\"s3:E\"", &format!("\"s3:E\", \"s3:{long}\",\n               \"s3:F\", \"s3:G\""))]);
    let names = format!(r#""s3:A", "s3:B", "s3:C", "s3:D", "s3:E", "s3:{long}", "s3:F", "s3:G""#);
    becomes(before, &[(0, &[&json(&names)])], &grown);
}

#[test]
fn odd_spacing_of_what_stays_is_kept() {
    let before = "\u{feff}\n{ \"Statement\":\t[ \n  {\"Effect\":\"Allow\" , \n   \"Action\":[  \n     \"s3:A\" ,  \n\n     \"s3:\\u0042\",\t\n     \"s3:C\"   \n   ], \"Resource\":\"*\"\t},   \n\n\n  {\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}  \n] } \n \n";
    let json = |names: &str| format!(r#"{{"Effect": "Allow", "Action": [{names}], "Resource": "*"}}"#);
    becomes(before, &[(0, &[&json(r#""s3:B", "s3:C""#)])], &with(before, &[("     \"s3:A\" ,  \n\n", "")]));
    becomes(before, &[(0, &[&json(r#""s3:A", "s3:C""#)])], &with(before, &[("\n     \"s3:\\u0042\",\t\n", "")]));
    becomes(before, &[(0, &[&json(r#""s3:A", "s3:B""#)])], &with(before, &[(",\t\n     \"s3:C\"   \n", "\t\n")]));
    becomes(
        before,
        &[(1, &[])],
        &with(before, &[(",   \n\n\n  {\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}  \n", "   \n")]),
    );
}

#[test]
fn commas_at_the_start_of_lines_stay_there() {
    let before = "{ \"Statement\":\n  [ { \"Effect\": \"Allow\"\n    , \"Action\":\n      [ \"s3:A\"\n      , \"s3:B\"\n      , \"s3:C\"\n      ]\n    , \"Resource\": \"*\"\n    }\n  ]\n}\n";
    let json = |names: &str| format!(r#"{{"Effect": "Allow", "Action": [{names}], "Resource": "*"}}"#);
    for (names, changes) in [
        (r#""s3:A", "s3:B""#, ("\n      , \"s3:C\"", "")),
        (r#""s3:A", "s3:C""#, ("\n      , \"s3:B\"", "")),
        (r#""s3:B", "s3:C""#, ("\"s3:A\"\n      , ", "")),
        (r#""s3:A", "s3:B", "s3:C", "s3:D""#, ("\"s3:C\"", "\"s3:C\"\n      , \"s3:D\"")),
    ] {
        becomes(before, &[(0, &[&json(names)])], &with(before, &[changes]));
    }
}

#[test]
fn tight_documents_get_tight_arrays() {
    let before = "{\n \"Statement\":{\n  \"Effect\":\"Allow\",\n  \"Action\":[\"s3:A\"],\n  \"Resource\":\"*\"\n }\n}";
    let json = r#"{"Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": "*"}"#;
    for (colon, list) in [(":", "[\"s3:A\",\"s3:B\"]"), (": ", "[\"s3:A\", \"s3:B\"]")] {
        let before = before.replace("\":", &format!("\"{colon}"));
        becomes(&before, &[(0, &[json])], &with(&before, &[("[\"s3:A\"]", list)]));
    }
}

#[test]
fn a_condition_on_one_line_stays_there() {
    let before = r#"{
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "s3:A",
        "s3:B"
      ],
      "Resource": "*",
      "Condition": {"StringLike": {"s3:prefix": "a"}}
    }
  ]
}"#;
    let json = r#"{"Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": "*",
        "Condition": {"StringLike": {"s3:prefix": ["a", "b"]}}}"#;
    becomes(before, &[(0, &[json])], &with(before, &[("\"a\"", "[\"a\", \"b\"]")]));
}
