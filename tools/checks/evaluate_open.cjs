// What leaves our answer open where @cloud-copilot/iam-simulate decides, and what it cannot be asked; docs/evaluate.md has
// the reason for each, by the same name.
'use strict'
const {
  NOWHERE, list, ownDocuments, otherDocuments, statementsOf, valueOf, linesOf, settle, never, base, set, segmentsOf,
  VARIABLE, lacksValue, notPrincipal, seconds,
} = require('./evaluate_policies.cjs')

const KEYS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

/** What leaves our answer open: what `Depends` calls it, and how to decide it. */
const OPEN = [
  {
    name: 'several-values-for-one',
    find: openLines((line) => set(line.operator) === '' && base(line.operator) !== 'null' && Array.isArray(line.found) && line.found.length > 1,
      (line) => line.key.toLowerCase()),
  },
  {
    name: 'for-any-value-if-exists',
    find: openLines((line) => set(line.operator) === 'foranyvalue' && /ifexists$/i.test(line.operator) && line.found === undefined,
      (line) => line.operator),
  },
  {
    name: 'not-comparable',
    find: openLines((line) => line.found !== undefined && base(line.operator) !== 'null' && list(line.found).some((found) =>
      line.values.some((value) => !comparable(base(line.operator), value, found))), (line) => line.key.toLowerCase()),
  },
  {
    name: 'operator-not-known',
    find: openLines((line) => !KNOWN.test(line.operator), (line) => line.operator),
  },
  {
    name: 'variable-without-value-in-not-resource',
    find: openStatements((statement, pair) => list(statement.NotResource).filter((entry) => lacksValue(entry, pair))
      .flatMap((entry) => [...entry.matchAll(VARIABLE)].map(([, name]) => name)), (statement, applies) => {
      if (applies) Object.assign(statement, { Resource: '*', NotResource: undefined })
      else never(statement)
      if (applies) delete statement.NotResource
    }),
  },
  {
    name: 'list-as-a-variable',
    find: openEntries((entry, pair) => [...entry.matchAll(VARIABLE)].map(([, name]) => name).filter((name) => Array.isArray(valueOf(pair, name)))
      .map((name) => name.toLowerCase())),
  },
  {
    name: 'placeholder',
    find: openEntries((entry) => [...entry.matchAll(VARIABLE)].map(([, name]) => name).filter((name) => /^\w+$/.test(name))
      .map((name) => name.toLowerCase())),
  },
  {
    name: 'entry-that-is-no-arn',
    find: openEntries((entry) => (/^\*+$/.test(entry) || entry.startsWith('arn:') ? [] : [entry])),
  },
  {
    name: 'short-arn-outside-identity-policies',
    find: openEntries((entry, pair, statement) => {
      const short = entry.startsWith('arn:') && segmentsOf(entry).length < 6
      return short && otherDocuments(pair).some((document) => document.Statement.includes(statement)) ? [entry] : []
    }),
  },
  {
    name: 'principal-that-is-not-read',
    find: openStatements((statement, pair) => {
      if (!list(pair.resource || undefined).some((document) => document.Statement.includes(statement))) return []
      if (statement.NotPrincipal) return statement.Effect === 'Allow' ? ['NotPrincipal'] : []
      const names = statement.Principal ? list(statement.Principal.AWS) : [undefined]
      return names.some((name) => name === undefined || /.[*?]|[*?]./.test(name)) ? ['Principal'] : []
    }, (statement, applies) => {
      delete statement.NotPrincipal
      statement.Principal = applies ? '*' : { AWS: '000000000000' }
    }),
  },
  {
    name: 'not-principal-in-part',
    find: openStatements((statement, pair) => (statement.NotPrincipal && statement.Effect === 'Deny' && notPrincipal(statement, pair) === undefined ? ['NotPrincipal'] : []),
      (statement, applies) => {
        delete statement.NotPrincipal
        statement.Principal = applies ? '*' : { AWS: '000000000000' }
      }),
  },
]

const KNOWN = /^((ForAllValues|ForAnyValue):)?((String(Not)?(EqualsIgnoreCase|Equals|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$/i

/** Whether the operator can compare the two, whatever comes of it. */
function comparable(operator, value, found) {
  const both = (test) => test(value) && test(found)
  if (operator.startsWith('numeric')) return both((text) => /^[-+]?\d*\.?\d+$/.test(text))
  if (operator.startsWith('date')) return both((text) => seconds.test(text) || /^\d{4}-\d\d-\d\d/.test(text))
  if (operator === 'bool') return both((text) => /^(true|false)$/i.test(text))
  // An encoder writes the same bytes in one way alone.
  const encoded = (text) => Buffer.from(text, 'base64').toString('base64') === text
  if (operator === 'binaryequals') return value === found || both(encoded)
  if (operator.includes('ipaddress')) {
    const prefix = value.split('/')[1]
    return /^[0-9a-f:.]+$/i.test(found) && /^[0-9a-f:.]+(\/\d+)?$/i.test(value) && (!prefix || Number(prefix) <= (value.includes(':') ? 128 : 32))
  }
  if (operator.startsWith('arn')) return both((text) => /^arn:/.test(text) && segmentsOf(text).length >= 6)
  return true
}

function openLines(applies, missing) {
  return (pair) => linesOf(pair).flatMap((line, at) => (applies(line) ? [{ missing: [missing(line)], decide: (copy, holds) => {
    const same = linesOf(copy).filter((other) => other.operator === line.operator && other.key === line.key)
    // Lines before this one may be gone from the copy, never those that follow.
    const behind = linesOf(pair).slice(at).filter((other) => other.operator === line.operator && other.key === line.key).length
    settle(same[same.length - behind] || same[0], holds)
  } }] : []))
}

function openStatements(missing, decide) {
  return (pair) => statementsOf(pair).flatMap((statement, at) => {
    const names = missing(statement, pair)
    return names.length > 0 ? [{ missing: names, decide: (copy, applies) => decide(statementsOf(copy)[at], applies) }] : []
  })
}

/** Entries of `Resource` and `NotResource`, each by itself. */
function openEntries(missing) {
  return (pair) => statementsOf(pair).flatMap((statement, at) => ['Resource', 'NotResource'].flatMap((element) =>
    list(statement[element]).flatMap((entry, index) => {
      const names = missing(entry, pair, statement)
      const decide = (copy, applies) => {
        const entries = list(statementsOf(copy)[at][element])
        entries[index] = applies ? '*' : NOWHERE
        statementsOf(copy)[at][element] = entries
      }
      return names.length > 0 ? [{ missing: names, decide }] : []
    })))
}

/** What the evaluator cannot be asked: its answer would be to another question. */
const NOT_EXPRESSIBLE = [
  { name: 'keys-that-are-not-known', applies: (pair) => pair.open },
  // It takes a `*` of the request for a wildcard, not for the character.
  { name: 'a-star-in-the-resource-s-name', applies: (pair) => pair.on !== '*' && pair.on.includes('*') },
  // It refuses the whole policy.
  {
    name: 'invalid-statements',
    applies: (pair) => {
      const own = [...ownDocuments(pair), ...pair.serviceControl.flat()]
      return own.some((document) => document.Statement.some((statement) => statement.Principal || statement.NotPrincipal))
        || statementsOf(pair).some((statement) => Object.keys(statement).some((key) => !KEYS.includes(key)))
    },
  },
]

module.exports = { OPEN, NOT_EXPRESSIBLE }
