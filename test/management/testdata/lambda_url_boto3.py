# Makes a function URL of the auth type AWS_IAM with boto3, and signs requests for it with botocore, as scripts do.
import io
import socket
import urllib.request
import urllib.parse
import zipfile

import boto3
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest

connect = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: connect("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as z:
    z.writestr("handler.py", "def handler(event, context): return {'statusCode': 200, 'body': event['rawPath'] + ' ' + event.get('body', '')}\n")
client = boto3.client("lambda")
client.create_function(FunctionName="boto3-url", Runtime="python3.12", Handler="handler.handler", Role="arn:aws:iam::000000000000:role/r", Code={"ZipFile": code.getvalue()})
try:
    url = client.create_function_url_config(FunctionName="boto3-url", AuthType="AWS_IAM")["FunctionUrl"]
    credentials = boto3.Session().get_credentials().get_frozen_credentials()
    for auth in (SigV4Auth, SigV4QueryAuth):
        data = "text" if auth is SigV4Auth else ""
        request = AWSRequest(method="POST" if data else "GET", url=url + "a%20b/c?x=1", data=data, headers={"Content-Type": "text/plain"} if data else {})
        auth(credentials, "lambda", "eu-west-1").add_auth(request)
        sent = urllib.request.Request(request.url, data=data.encode() or None, headers=dict(request.headers), method=request.method)
        with urllib.request.urlopen(sent) as answer:
            got = answer.read().decode()
        assert got == "/a b/c " + data, got
finally:
    client.delete_function(FunctionName="boto3-url")
