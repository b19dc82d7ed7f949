// A function behind a Lambda proxy integration: the whole request in, the whole answer out.
export const handler = async (event, context) => {
  const { name } = event.pathParameters;
  console.log(`greeting ${name}`);
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: `${process.env.GREETING}, ${decodeURIComponent(name)}!`, requestId: context.awsRequestId }),
  };
};
