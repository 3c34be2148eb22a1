// The differences in which we decide otherwise than @cloud-copilot/iam-simulate; docs/evaluate.md has the rule behind each,
// by the same name.
//
// `rewrite` spells our reading out in a way that the evaluator reads alike: it returns the pair so rewritten, or nothing
// where it holds no such thing. A difference is of the class if the evaluator then gives our answer.
'use strict'
const {
  NOWHERE, list, ownDocuments, documentsOf, statementsOf, drop, settle, base, set, negated, onLines, onValues,
  onResources, segmentsOf, VARIABLE, escape, resolve, isVariable, lacksValue, matches, filled, arnMatches, notPrincipal,
  seconds,
} = require('./evaluate_policies.cjs')

const isDate = (line) => base(line.operator).startsWith('date')
const asSeconds = (date) => String(Math.floor(Date.parse(date) / 1000))
const asDate = (text) => new Date(Number(text) * 1000).toISOString()

/** What the text of a pattern is where wildcards are characters; nothing if a variable has no value. */
function spelledOut(pattern, pair) {
  const ready = filled(pattern, pair)
  return ready === undefined ? undefined : ready.replace(/\$\{([*?$])\}/g, '$1')
}

const DECIDED = [
  {
    name: 'all-actions-of-all-services',
    rewrite: (pair) => {
      let changed = false
      for (const statement of statementsOf(pair)) {
        for (const element of ['Action', 'NotAction']) {
          if (!list(statement[element]).includes('*:*')) continue
          statement[element] = list(statement[element]).map((action) => (action === '*:*' ? '*' : action))
          changed = true
        }
      }
      return changed ? pair : undefined
    },
  },
  {
    name: 'root-needs-no-policy',
    rewrite: (pair) => {
      if (!pair.principal.endsWith(':root')) return undefined
      pair.identity.push({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
      return pair
    },
  },
  {
    name: 'service-linked-role',
    rewrite: (pair) => (pair.principal.includes(':role/aws-service-role/') ? { ...pair, serviceControl: [], resourceControl: [] } : undefined),
  },
  {
    name: 'version-2008',
    rewrite: (pair) => {
      const old = documentsOf(pair).filter((document) => document.Version !== '2012-10-17' && JSON.stringify(document).includes('${'))
      for (const document of old) {
        const text = JSON.stringify(document.Statement).replaceAll('${', '${$}{')
        Object.assign(document, { Version: '2012-10-17', Statement: JSON.parse(text) })
      }
      return old.length > 0 ? pair : undefined
    },
  },
  {
    name: 'escape-in-equality',
    rewrite: onLines((line, pair) => {
      const escaped = base(line.operator).includes('equals') && base(line.operator).startsWith('string')
        && line.values.some((value) => /\$\{[*?$]\}/.test(value)) && line.found !== undefined
        && (set(line.operator) !== '' || list(line.found).length === 1)
      if (!escaped) return false
      const same = base(line.operator).includes('ignorecase') ? (text) => text.toLowerCase() : (text) => text
      const values = line.values.map((value) => spelledOut(value, pair)).filter((value) => value !== undefined).map(same)
      const judge = (found) => values.includes(same(found)) !== negated(line.operator)
      settle(line, set(line.operator) === 'foranyvalue' ? list(line.found).some(judge) : list(line.found).every(judge))
      return true
    }),
  },
  {
    name: 'variable-before-the-resource',
    rewrite: onResources((entry, pair) => {
      const [own, rest] = [segmentsOf(entry).slice(0, 5), segmentsOf(entry).slice(5)]
      if (own.length < 5 || !own.some((segment) => segment.includes('${'))) return entry
      const ready = own.map((segment) => filled(segment, pair))
      return ready.includes(undefined) ? entry : [...ready, ...rest].join(':')
    }),
  },
  {
    name: 'empty-value-of-a-variable',
    rewrite: (pair) => {
      const fill = (text) => text.replace(VARIABLE, (whole, name) => (isVariable(name) && resolve(name, pair) === '' ? '' : whole))
      const resources = onResources(fill)(pair)
      const conditions = onValues(() => true, fill)(pair)
      return resources || conditions
    },
  },
  {
    name: 'variable-without-value-in-a-negated-operator',
    rewrite: onValues((line) => negated(line.operator), (value, line, pair) =>
      (lacksValue(value, pair) ? [base(line.operator).startsWith('arn') ? NOWHERE : '\u0001'] : [value])),
  },
  {
    name: 'seconds-since-1970',
    rewrite: onValues((line) => isDate(line) && typeof line.found === 'string', (value, line) => {
      if (seconds.test(line.found) === seconds.test(value)) return [value]
      return [seconds.test(value) ? asDate(value) : asSeconds(value)]
    }),
  },
  {
    name: 'every-ipv4-address',
    rewrite: onValues((line) => base(line.operator).includes('ipaddress'), (value) =>
      (value.endsWith('.0/0') ? ['0.0.0.0/1', '128.0.0.0/1'] : [value])),
  },
  {
    name: 'address-without-prefix',
    rewrite: onValues((line) => base(line.operator).includes('ipaddress'), (value) =>
      (value.includes('/') ? [value] : [value + (value.includes(':') ? '/128' : '/32')])),
  },
  {
    name: 'case-before-the-resource',
    rewrite: onResources((entry, pair) => {
      const [own, theirs] = [segmentsOf(entry).slice(0, 5), pair.on.split(':')]
      const byCase = own.some((segment, at) => !matches(segment, theirs[at] || '') && matches(segment, theirs[at] || '', 'i'))
      return byCase ? NOWHERE : entry
    }),
  },
  {
    name: 'wildcard-in-the-type',
    rewrite: onResources((entry, pair) => {
      const type = segmentsOf(entry).slice(5).join(':').match(/^([^/:]*)[/:]/)
      if (!type || !/[*?$]/.test(type[1]) || entry.split(':')[2] === 's3') return entry
      return arnMatches(entry, pair.on, pair) ? escape(pair.on) : NOWHERE
    }),
  },
  {
    name: 'short-arn-in-not-resource',
    rewrite: onResources((entry, pair, element, document) => {
      if (element !== 'NotResource' || entry === '*' || segmentsOf(entry).length >= 6) return entry
      const whole = [...segmentsOf(entry), '*', '*', '*', '*'].slice(0, 6).join(':')
      if (ownDocuments(pair).includes(document)) return whole
      // Elsewhere it is open whether it goes on with `*`, but not where it would match neither way.
      return pair.on !== '*' && arnMatches(whole, pair.on, pair) ? entry : NOWHERE
    }),
  },
  {
    name: 'empty-values-for-all',
    rewrite: onLines((line) => {
      const empty = set(line.operator) === 'forallvalues' && line.found !== undefined && list(line.found).every((value) => value === '')
      if (empty) drop(line)
      return empty
    }),
  },
  {
    name: 'one-value-of-a-list',
    rewrite: onLines((line) => {
      const one = set(line.operator) === '' && base(line.operator) !== 'null' && Array.isArray(line.found) && line.found.length === 1
      if (!one) return false
      drop(line)
      const operator = `ForAnyValue:${line.operator}`
      line.statement.Condition = { ...line.statement.Condition, [operator]: { ...(line.statement.Condition || {})[operator], [line.key]: line.values } }
      return true
    }),
  },
  {
    name: 'numbers-beyond-a-double',
    rewrite: onLines((line) => {
      const exact = [line.found, ...line.values]
      const large = exact.some((text) => /^\d+$/.test(text) && !Number.isSafeInteger(Number(text)))
      if (!base(line.operator).startsWith('numeric') || typeof line.found !== 'string' || !large) return false
      const [found, ...values] = exact.map((text) => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text)))
      const compare = {
        numericequals: (value) => found == value, numericnotequals: (value) => found == value,
        numericlessthan: (value) => found < value, numericlessthanequals: (value) => found <= value,
        numericgreaterthan: (value) => found > value, numericgreaterthanequals: (value) => found >= value,
      }[base(line.operator)]
      settle(line, values.some(compare) !== negated(line.operator))
      return true
    }),
  },
  {
    name: 'not-principal',
    rewrite: (pair) => {
      let changed = false
      for (const statement of statementsOf(pair)) {
        const denied = notPrincipal(statement, pair)
        if (denied === undefined) continue
        delete statement.NotPrincipal
        statement.Principal = denied ? '*' : { AWS: '000000000000' }
        changed = true
      }
      return changed ? pair : undefined
    },
  },
  {
    name: 'session-policy-and-a-grant-to-the-session',
    // It takes our answer for sure, so it is none to decide what is open with.
    sure: true,
    // Such a grant needs nothing else of the caller's within its account: the rest is taken away, but what it denies.
    rewrite: (pair) => {
      if (!pair.session || !pair.resource) return undefined
      const everyone = (principal) => principal === '*' || list((principal || {}).AWS).some((name) => name === '*' || name.includes(':assumed-role/'))
      const denials = (document) => ({ ...document, Statement: document.Statement.filter((statement) => statement.Effect === 'Deny') })
      const grants = pair.resource.Statement.some((statement) => statement.Effect === 'Allow' && everyone(statement.Principal))
      if (!grants) return undefined
      pair.resource.Statement = pair.resource.Statement.filter((statement) => statement.Effect === 'Deny' || everyone(statement.Principal))
      for (const statement of pair.resource.Statement) {
        if (statement.Effect !== 'Allow' || statement.Principal === '*') continue
        statement.Principal = { AWS: list(statement.Principal.AWS).filter((name) => name === '*' || name.includes(':assumed-role/')) }
      }
      pair.identity = pair.identity.map(denials)
      const all = { Effect: 'Allow', Action: '*', Resource: '*' }
      pair.session = pair.session.map((document) => ({ ...document, Statement: [all, ...denials(document).Statement] }))
      return pair
    },
  },
]

module.exports = { DECIDED }
