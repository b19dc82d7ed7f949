"""The life of a function with boto3: waiters, paginators, errors, and what Terraform reads of a fresh function.

OPERATIONS are the operations that have to be called with success, QUEUE_ARN is a queue that the server reaches.
"""
import base64
import hashlib
import io
import json
import os
import urllib.request
import zipfile

import boto3
from botocore.exceptions import ClientError

client = boto3.client("lambda")
succeeded = set()
ROLE = "arn:aws:iam::000000000000:role/lambda"


def keep(http_response, model, **_):
    if http_response.status_code < 300:
        succeeded.add(model.name)


client.meta.events.register("after-call.lambda.*", keep)


def code(text):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as z:
        z.writestr("handler.py", text)
    return data.getvalue()


def fails(expected, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        got = e.response["Error"]["Code"]
        assert got == expected, f"{got}, not {expected}: {e}"
        return e.response
    raise AssertionError(f"no {expected}")


def function(name, **more):
    return client.create_function(
        FunctionName=name, Runtime="python3.13", Role=ROLE, Handler="handler.handler",
        Code={"ZipFile": code("def handler(event, context): return event\n")}, **more)


made = function("boto3", Publish=True, Tags={"a": "b"}, Environment={"Variables": {"COLOUR": "blue"}})
assert made["State"] == "Pending" and made["Version"] == "1", made
client.get_waiter("function_active_v2").wait(FunctionName="boto3")
client.get_waiter("published_version_active").wait(FunctionName="boto3", Qualifier="1")

zipped = code("def handler(event, context): return 2\n")
updated = client.update_function_code(FunctionName="boto3", ZipFile=zipped)
assert updated["CodeSha256"] == base64.b64encode(hashlib.sha256(zipped).digest()).decode()
assert updated["LastUpdateStatus"] == "InProgress"
client.get_waiter("function_updated_v2").wait(FunctionName="boto3")
client.update_function_configuration(FunctionName="boto3", MemorySize=1024, EphemeralStorage={"Size": 1024})
client.get_waiter("function_updated_v2").wait(FunctionName="boto3")

configuration = client.get_function_configuration(FunctionName="boto3")
assert configuration["EphemeralStorage"] == {"Size": 1024} and configuration["LastUpdateStatus"] == "Successful", configuration
got = client.get_function(FunctionName=made["FunctionArn"])
assert got["Configuration"]["MemorySize"] == 1024 and got["Tags"] == {"a": "b"}, got
with urllib.request.urlopen(got["Code"]["Location"]) as answer:
    assert answer.read() == zipped
fails("PreconditionFailedException", client.update_function_configuration, FunctionName="boto3", RevisionId=made["RevisionId"])
fails("ResourceConflictException", function, name="boto3")
missing = fails("ResourceNotFoundException", client.get_function, FunctionName="nobody")
assert missing["Message"] == missing["Error"]["Message"] and missing["Type"] == "User", missing

for n in range(12):
    function(f"boto3-page-{n:02}")
names = [f["FunctionName"] for page in client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 5})
         for f in page["Functions"] if f["FunctionName"].startswith("boto3-page")]
assert names == [f"boto3-page-{n:02}" for n in range(12)], names
for name in names:
    client.delete_function(FunctionName=name)

second = client.publish_version(FunctionName="boto3", CodeSha256=updated["CodeSha256"], Description="second")
assert second["Version"] == "2" and client.publish_version(FunctionName="boto3")["Version"] == "2"
client.create_alias(FunctionName="boto3", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
versions = [v["Version"] for page in client.get_paginator("list_versions_by_function").paginate(FunctionName="boto3") for v in page["Versions"]]
assert versions == ["$LATEST", "1", "2"], versions
aliases = [a["Name"] for page in client.get_paginator("list_aliases").paginate(FunctionName="boto3") for a in page["Aliases"]]
assert aliases == ["live"], aliases

statement = json.loads(client.add_permission(
    FunctionName="boto3", Qualifier="live", StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com")["Statement"])
assert statement["Resource"].endswith(":function:boto3:live"), statement
assert json.loads(client.get_policy(FunctionName="boto3:live")["Policy"])["Statement"] == [statement]
client.remove_permission(FunctionName="boto3", Qualifier="live", StatementId="s")
fails("ResourceNotFoundException", client.get_policy, FunctionName="boto3", Qualifier="live")

assert "CodeSigningConfigArn" not in client.get_function_code_signing_config(FunctionName="boto3")
fails("ResourceNotFoundException", client.get_function_url_config, FunctionName="boto3")
fails("ResourceNotFoundException", client.get_function_event_invoke_config, FunctionName="boto3")
fails("ProvisionedConcurrencyConfigNotFoundException", client.get_provisioned_concurrency_config, FunctionName="boto3", Qualifier="live")
assert client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000

client.put_function_concurrency(FunctionName="boto3", ReservedConcurrentExecutions=0)
throttled = fails("TooManyRequestsException", client.invoke, FunctionName="boto3", Payload=b"{}")
assert throttled["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", throttled
client.delete_function_concurrency(FunctionName="boto3")
assert client.invoke(FunctionName="boto3", InvocationType="DryRun")["StatusCode"] == 204
fails("InvalidRequestContentException", client.invoke, FunctionName="boto3", Payload=b"{")
sent = client.invoke(FunctionName="boto3", InvocationType="Event", Payload=b"{}")
assert sent["StatusCode"] == 202 and sent["Payload"].read() == b"" and "ExecutedVersion" not in sent, sent
fails("RequestTooLargeException", client.invoke, FunctionName="boto3", InvocationType="Event", Payload=b'"' + b"x" * 262144 + b'"')


events = list(client.invoke_with_response_stream(FunctionName="boto3", Payload=b'{"a":1}', LogType="Tail")["EventStream"])
assert b"".join(e["PayloadChunk"]["Payload"] for e in events[:-1]) == b"2", events
assert "ErrorCode" not in events[-1]["InvokeComplete"] and "LogResult" in events[-1]["InvokeComplete"], events
ran = client.invoke(FunctionName="boto3", Payload=b"{}")
assert ran["Payload"].read() == b"2" and ran["ExecutedVersion"] == "$LATEST", ran
assert client.invoke_async(FunctionName="boto3", InvokeArgs=b"{}")["Status"] == 202

assert client.update_alias(FunctionName="boto3", Name="live", FunctionVersion="1", RoutingConfig={})["FunctionVersion"] == "1"
assert client.get_alias(FunctionName="boto3", Name="live")["FunctionVersion"] == "1"

client.tag_resource(Resource=made["FunctionArn"], Tags={"c": "d"})
client.untag_resource(Resource=made["FunctionArn"], TagKeys=["a"])
assert client.list_tags(Resource=made["FunctionArn"])["Tags"] == {"c": "d"}
assert client.put_function_concurrency(FunctionName="boto3", ReservedConcurrentExecutions=3)["ReservedConcurrentExecutions"] == 3
assert client.get_function_concurrency(FunctionName="boto3")["ReservedConcurrentExecutions"] == 3
client.delete_function_concurrency(FunctionName="boto3")
assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName="boto3")
assert client.put_runtime_management_config(FunctionName="boto3", UpdateRuntimeOn="Auto")["UpdateRuntimeOn"] == "Auto"
assert client.get_runtime_management_config(FunctionName="boto3")["UpdateRuntimeOn"] == "Auto"
assert client.put_function_recursion_config(FunctionName="boto3", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
assert client.get_function_recursion_config(FunctionName="boto3")["RecursiveLoop"] == "Allow"
client.delete_function_code_signing_config(FunctionName="boto3")
assert client.list_code_signing_configs()["CodeSigningConfigs"] == []

provisioned = {"FunctionName": "boto3", "Qualifier": "2"}
asked = client.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=1, **provisioned)
assert asked["RequestedProvisionedConcurrentExecutions"] == 1, asked
assert client.get_provisioned_concurrency_config(**provisioned)["RequestedProvisionedConcurrentExecutions"] == 1
listed = client.list_provisioned_concurrency_configs(FunctionName="boto3")["ProvisionedConcurrencyConfigs"]
assert [c["FunctionArn"] for c in listed] == [made["FunctionArn"].removesuffix(":1") + ":2"], listed
client.delete_provisioned_concurrency_config(**provisioned)
fails("ProvisionedConcurrencyConfigNotFoundException", client.get_provisioned_concurrency_config, **provisioned)

assert client.put_function_event_invoke_config(FunctionName="boto3", MaximumRetryAttempts=1)["MaximumRetryAttempts"] == 1
assert client.update_function_event_invoke_config(FunctionName="boto3", MaximumEventAgeInSeconds=60)["MaximumRetryAttempts"] == 1
assert client.get_function_event_invoke_config(FunctionName="boto3")["MaximumEventAgeInSeconds"] == 60
assert len(client.list_function_event_invoke_configs(FunctionName="boto3")["FunctionEventInvokeConfigs"]) == 1
client.delete_function_event_invoke_config(FunctionName="boto3")
fails("ResourceNotFoundException", client.get_function_event_invoke_config, FunctionName="boto3")

url = client.create_function_url_config(FunctionName="boto3", AuthType="NONE")["FunctionUrl"]
assert client.update_function_url_config(FunctionName="boto3", AuthType="AWS_IAM")["FunctionUrl"] == url
assert client.get_function_url_config(FunctionName="boto3")["AuthType"] == "AWS_IAM"
assert [c["FunctionUrl"] for c in client.list_function_url_configs(FunctionName="boto3")["FunctionUrlConfigs"]] == [url]
client.delete_function_url_config(FunctionName="boto3")
fails("ResourceNotFoundException", client.get_function_url_config, FunctionName="boto3")

content = code("")
layer = client.publish_layer_version(LayerName="boto3", Content={"ZipFile": content}, CompatibleRuntimes=["python3.13"])
version = {"LayerName": "boto3", "VersionNumber": layer["Version"]}
assert client.get_layer_version(**version)["Content"]["CodeSize"] == len(content)
assert client.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["CompatibleRuntimes"] == ["python3.13"]
assert [v["Version"] for v in client.list_layer_versions(LayerName="boto3")["LayerVersions"]] == [1]
latest = [found["LatestMatchingVersion"]["LayerVersionArn"] for page in client.get_paginator("list_layers").paginate()
          for found in page["Layers"] if found["LayerName"] == "boto3"]
assert latest == [layer["LayerVersionArn"]], latest
statement = json.loads(client.add_layer_version_permission(
    StatementId="s", Principal="*", Action="lambda:GetLayerVersion", **version)["Statement"])
assert json.loads(client.get_layer_version_policy(**version)["Policy"])["Statement"] == [statement]
client.remove_layer_version_permission(StatementId="s", **version)
fails("ResourceNotFoundException", client.get_layer_version_policy, **version)
client.delete_layer_version(**version)
fails("ResourceNotFoundException", client.get_layer_version, **version)

queue = os.environ["QUEUE_ARN"]
mapping = client.create_event_source_mapping(FunctionName="boto3", EventSourceArn=queue, BatchSize=5, Enabled=False)["UUID"]
read = client.get_event_source_mapping(UUID=mapping)
assert (read["EventSourceArn"], read["BatchSize"], read["State"]) == (queue, 5, "Disabled"), read
assert client.update_event_source_mapping(UUID=mapping, BatchSize=1)["BatchSize"] == 1
assert [m["UUID"] for m in client.list_event_source_mappings(FunctionName="boto3")["EventSourceMappings"]] == [mapping]
assert client.delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
fails("ResourceNotFoundException", client.get_event_source_mapping, UUID=mapping)

client.delete_alias(FunctionName="boto3", Name="live")
fails("ResourceNotFoundException", client.get_alias, FunctionName="boto3", Name="live")
client.delete_function(FunctionName="boto3")
fails("ResourceNotFoundException", client.get_function, FunctionName="boto3")
missed = set(os.environ["OPERATIONS"].split()) - succeeded
assert not missed, f"not called with success: {sorted(missed)}"
