// One API from nothing to nothing, by the AWS SDK for JavaScript. It prints what the SDK made of the answers.
const {
  APIGatewayClient, CreateDeploymentCommand, CreateResourceCommand, CreateRestApiCommand, DeleteRestApiCommand, GetExportCommand,
  GetResourcesCommand, GetRestApiCommand, GetStageCommand, NotFoundException, paginateGetResources, PutIntegrationCommand,
  PutIntegrationResponseCommand, PutMethodCommand, PutMethodResponseCommand, TestInvokeMethodCommand, UpdateRestApiCommand, UpdateStageCommand,
} = require('@aws-sdk/client-api-gateway');

const client = new APIGatewayClient({ endpoint: process.env.ENDPOINT, maxAttempts: 1 });
const send = (command) => client.send(command);
const say = (what, value) => console.log(`${what}: ${JSON.stringify(value)}`);

async function main() {
  const api = await send(new CreateRestApiCommand({ name: 'javascript', description: 'by the SDK', tags: { team: 'a b' }, binaryMediaTypes: ['image/png'] }));
  const restApiId = api.id;
  try {
    say('created', [api.name, api.description, api.tags, api.binaryMediaTypes, api.createdDate instanceof Date, api.apiKeySource]);
    const resource = await send(new CreateResourceCommand({ restApiId, parentId: api.rootResourceId, pathPart: 'pets' }));
    const at = { restApiId, resourceId: resource.id, httpMethod: 'GET' };
    await send(new PutMethodCommand({ ...at, authorizationType: 'NONE', requestParameters: { 'method.request.querystring.kind': false } }));
    await send(new PutMethodResponseCommand({ ...at, statusCode: '200' }));
    await send(new PutIntegrationCommand({ ...at, type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode": 200}' } }));
    await send(new PutIntegrationResponseCommand({ ...at, statusCode: '200', responseTemplates: { 'application/json': '{"kind": "$input.params(\'kind\')"}' } }));
    const tested = await send(new TestInvokeMethodCommand({ ...at, pathWithQueryString: '/pets?kind=cat' }));
    say('tested', [tested.status, tested.body, typeof tested.latency]);
    await send(new CreateDeploymentCommand({ restApiId, stageName: 'prod', variables: { a: '1' } }));
    const stage = await send(new UpdateStageCommand({ restApiId, stageName: 'prod', patchOperations: [
      { op: 'replace', path: '/variables/a', value: '2' }, { op: 'replace', path: '/*/*/throttling/rateLimit', value: '12.5' }] }));
    say('stage', [stage.variables, stage.methodSettings['*/*'].throttlingRateLimit, stage.lastUpdatedDate instanceof Date]);
    const paths = [];
    for await (const page of paginateGetResources({ client, pageSize: 1 }, { restApiId })) paths.push(...page.items.map((item) => item.path));
    say('paths', paths.sort());
    const exported = await send(new GetExportCommand({ restApiId, stageName: 'prod', exportType: 'oas30' }));
    say('exported', [exported.contentType, JSON.parse(new TextDecoder().decode(exported.body)).info.title]);
    await send(new UpdateRestApiCommand({ restApiId, patchOperations: [{ op: 'remove', path: '/binaryMediaTypes/image~1png' }] }));
    say('patched', (await send(new GetRestApiCommand({ restApiId }))).binaryMediaTypes ?? null);
    await fails('bad patch', new UpdateRestApiCommand({ restApiId, patchOperations: [{ op: 'replace', path: '/nothing', value: 'x' }] }));
    await fails('no stage', new GetStageCommand({ restApiId, stageName: 'none' }));
  } finally {
    await send(new DeleteRestApiCommand({ restApiId }));
  }
  await fails('gone', new GetResourcesCommand({ restApiId: 'gone' }));
}

async function fails(what, command) {
  try {
    await send(command);
    say(what, 'no error');
  } catch (error) {
    say(what, [error.name, error.$metadata.httpStatusCode, error.message, error instanceof NotFoundException]);
  }
}

main().catch((error) => { console.error(error); process.exit(1); });
