// Reads and changes the policies of a pair of `evaluate_pairs`, for the classes of differences.
'use strict'

const NOWHERE = 'arn:aws:none:::none'
const NEVER = { operator: 'StringLike', key: 'aws:PrincipalAccount', value: 'none' }

const list = (value) => (value === undefined ? [] : [].concat(value))
const ownDocuments = (pair) => [...pair.identity, ...list(pair.boundary || undefined), ...(pair.session || [])]
const otherDocuments = (pair) => [...pair.serviceControl.flat(), ...pair.resourceControl.flat(), ...list(pair.resource || undefined)]
const documentsOf = (pair) => [...ownDocuments(pair), ...otherDocuments(pair)]
const statementsOf = (pair) => documentsOf(pair).flatMap((document) => document.Statement)
const valueOf = (pair, key) => {
  const found = Object.entries(pair.context).find(([name]) => name.toLowerCase() === key.toLowerCase())
  return found && found[1]
}
/** Every line of every condition block, with ways to change it. */
const linesOf = (pair) => statementsOf(pair).flatMap((statement) =>
  Object.entries(statement.Condition || {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ statement, operator, key, values: list(values).map(String), found: valueOf(pair, key) }))))

function setValues(line, values) {
  line.statement.Condition[line.operator][line.key] = values
}

function drop(line) {
  delete line.statement.Condition[line.operator][line.key]
  if (Object.keys(line.statement.Condition[line.operator]).length === 0) delete line.statement.Condition[line.operator]
  if (Object.keys(line.statement.Condition).length === 0) delete line.statement.Condition
}

function settle(line, holds) {
  drop(line)
  if (!holds) never(line.statement)
}

function never(statement) {
  statement.Condition = { ...statement.Condition, [NEVER.operator]: { ...(statement.Condition || {})[NEVER.operator], [NEVER.key]: NEVER.value } }
}

/** The operator without set and `IfExists`, in lower case. */
const base = (operator) => operator.toLowerCase().replace(/^.*:/, '').replace(/ifexists$/, '')
const set = (operator) => (operator.includes(':') ? operator.split(':')[0].toLowerCase() : '')
const negated = (operator) => base(operator).includes('not')

/** Rewrites the values of condition lines; nothing if none changes. */
function onLines(change) {
  return (pair) => {
    let changed = false
    for (const line of linesOf(pair)) changed = change(line, pair) || changed
    return changed ? pair : undefined
  }
}

/** Rewrites the lines' values one by one. */
function onValues(applies, change) {
  return onLines((line, pair) => {
    if (!applies(line, pair)) return false
    const values = line.values.flatMap((value) => change(value, line, pair))
    if (JSON.stringify(values) === JSON.stringify(line.values)) return false
    setValues(line, values)
    return true
  })
}

/** Rewrites the entries of `Resource` and `NotResource` one by one. */
function onResources(change) {
  return (pair) => {
    let changed = false
    for (const document of documentsOf(pair)) {
      for (const statement of document.Statement) {
        for (const element of ['Resource', 'NotResource']) {
          if (statement[element] === undefined) continue
          const entries = list(statement[element]).map((entry) => change(entry, pair, element, document))
          if (JSON.stringify(entries) === JSON.stringify(list(statement[element]))) continue
          statement[element] = entries
          changed = true
        }
      }
    }
    return changed ? pair : undefined
  }
}

/** Splits at the colons that are in no variable. */
const segmentsOf = (pattern) => pattern.match(/(\$\{[^}]*\}|[^:])+|(?<=:|^)(?=:|$)/g) || []
const VARIABLE = /\$\{([^}]*)\}/g
const escape = (text) => text.replace(/[*?$]/g, (character) => `\${${character}}`)

/** A variable's value: text, or nothing. */
function resolve(variable, pair) {
  const [, name, fallback] = variable.match(/^([^,]*)(?:,\s*'(.*)')?$/) || [undefined, variable]
  const value = valueOf(pair, name.trim())
  return typeof value === 'string' ? value : fallback
}

const isVariable = (name) => !['*', '?', '$'].includes(name)
const lacksValue = (text, pair) => [...text.matchAll(VARIABLE)].some(([, name]) => isVariable(name) && resolve(name, pair) === undefined)

/** Whether a pattern without variables left matches a text, `*` and `?` being wildcards. */
function matches(pattern, text, flags = '') {
  const expression = pattern.replace(/\$\{([*?$])\}|([*?])|([^*?])/gs, (_, escaped, wildcard, other) =>
    wildcard ? (wildcard === '*' ? '.*' : '.') : (escaped || other).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^(?:${expression})$`, `s${flags}`).test(text)
}

/** The same pattern with values for variables; nothing if one has none. */
function filled(pattern, pair) {
  return lacksValue(pattern, pair) ? undefined
    : pattern.replace(VARIABLE, (whole, name) => (isVariable(name) ? escape(resolve(name, pair)) : whole))
}

function arnMatches(pattern, arn, pair) {
  const [own, theirs] = [segmentsOf(pattern), arn.split(':')]
  const rest = theirs.splice(5).join(':')
  const resource = own.splice(5).join(':')
  return [...own.map((segment, at) => [segment, theirs[at]]), [resource, rest]].every(([segment, text]) => {
    const ready = filled(segment, pair)
    return ready !== undefined && matches(ready, text)
  })
}

/** Whether our reading of `NotPrincipal` is that the deny holds, that it does not, or nothing. */
function notPrincipal(statement, pair) {
  if (!statement.NotPrincipal || statement.Effect !== 'Deny') return undefined
  if (pair.boundary) return true
  const names = statement.NotPrincipal === '*' ? ['*'] : list(statement.NotPrincipal.AWS)
  if (names.includes('*')) return false
  const account = pair.principal.split(':')[4]
  if (!names.includes(pair.principal)) return true
  return names.some((name) => name === account || name.endsWith(`:${account}:root`)) ? false : undefined
}

/** Seconds since 1970, as our reading takes them. */
const seconds = /^\d{5,}$/

module.exports = {
  NOWHERE, list, ownDocuments, otherDocuments, documentsOf, statementsOf, valueOf, linesOf, setValues, drop, settle, never, base, set,
  negated, onLines, onValues, onResources, segmentsOf, VARIABLE, escape, resolve, isVariable, lacksValue, matches, filled, arnMatches,
  notPrincipal, seconds,
}
