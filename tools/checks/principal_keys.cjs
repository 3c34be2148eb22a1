// The condition keys that follow from who asks. IAM fills them in for every request, the evaluator for none.
'use strict'

/** The keys of a principal by its ARN; of a session, those of its role. */
function derivedKeys(principal) {
  const [, partition, , , account, resource] = principal.split(':')
  const [kind, ...rest] = resource.split('/')
  const arn = kind === 'assumed-role' ? `arn:${partition}:iam::${account}:role/${rest[0]}` : principal
  const keys = { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': account }
  if (kind === 'user') return { ...keys, 'aws:username': rest.pop(), 'aws:PrincipalType': 'User' }
  if (kind === 'federated-user') return { ...keys, 'aws:PrincipalType': 'FederatedUser' }
  return { ...keys, 'aws:PrincipalType': kind === 'root' ? 'Account' : 'AssumedRole' }
}

module.exports = { derivedKeys }
