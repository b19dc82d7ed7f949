// A Lambda authorizer of the type TOKEN: it returns a policy, which the gateway keeps for a while and asks for every request.
const users = new Map([['Bearer alice-token', 'alice'], ['Bearer bob-token', 'bob']]);

export const handler = async (event) => {
  const user = users.get(event.authorizationToken);
  if (!user) throw new Error('Unauthorized'); // exactly this message makes a 401
  const [api, stage] = event.methodArn.split('/');
  return {
    principalId: user,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: user === 'alice' ? 'Allow' : 'Deny', Action: 'execute-api:Invoke', Resource: `${api}/${stage}/GET/*` }],
    },
    context: { team: 'warehouse' },
  };
};
