"""The Python runtime: loads the handler, then serves one invocation after another. Spec: functions A2, A4, A6.2.

A cold start may take little longer than the engine itself, so nothing is imported here that the engine has not loaded
already, save modules that are compiled into it. What is seldom needed is in a module of its own.
"""

import os
import sys
import time

import _gatehouse_wire as wire

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))


def lazy():
    """What is seldom needed: its module, which is not among those that functions can import."""
    module = sys.modules.get("_gatehouse_lazy")
    if module is None:
        sys.path.insert(0, OWN_FOLDER)
        try:
            import _gatehouse_lazy as module
        finally:
            sys.path.remove(OWN_FOLDER)
    return module


class Fault(Exception):
    """A failure with a name of its own: of the platform's side, or of the function as the platform sees it."""

    def __init__(self, type_, message, trace=()):
        super().__init__(message)
        self.type = type_
        self.message = message
        self.trace = list(trace)


class LambdaContext:
    """The second argument of a handler."""

    def __init__(self, headers):
        get = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = client_context(parsed(headers.get("lambda-runtime-client-context"), "Client Context"))
        self.identity = cognito_identity(parsed(headers.get("lambda-runtime-cognito-identity"), "Cognito Identity"))
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, msg):
        sys.stdout.write(str(msg))

    def __repr__(self):
        fields = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version"
            " invoked_function_arn client_context identity tenant_id"
        )
        return described("LambdaContext", self, fields.split())


def described(name, value, fields):
    return name + "([" + ",".join(f"{f}={getattr(value, f)}" for f in fields) + "])"


class Record:
    """Named values, all of them None at first."""

    __slots__ = ()

    def __init__(self, values):
        for field in self.__slots__:
            setattr(self, field, values.get(field))

    def __repr__(self):
        return described(type(self).__name__, self, self.__slots__)


class ClientContext(Record):
    __slots__ = ("custom", "env", "client")


class Client(Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class CognitoIdentity(Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


def client_context(value):
    if value is None:
        return None
    context = ClientContext(value)
    if context.client is not None:
        context.client = Client(context.client)
    return context


def cognito_identity(value):
    value = value or {}
    return CognitoIdentity(
        {
            "cognito_identity_id": value.get("cognitoIdentityId"),
            "cognito_identity_pool_id": value.get("cognitoIdentityPoolId"),
        }
    )


def parsed(text, name):
    """What a header has as JSON; None without one."""
    if not text:
        return None
    try:
        return wire.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}")


def load(handler):
    """Finds the handler: pkg/mod.func below the task root."""
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {error}")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        full_name = module_name.replace("/", ".")
        __import__(full_name)
        module = sys.modules[full_name]
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", [where])
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")


def handle(handler, headers, body):
    """Calls the handler and returns its result as bytes, and their content type."""
    context = LambdaContext(headers)
    event = body
    if headers.get("content-type", "application/json") == "application/json":
        try:
            event = wire.loads(body.decode())
        except Exception as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}")
    result = handler(event, context)
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return wire.dumps(result).encode(), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}")


def text(error):
    try:
        return str(error)
    except Exception:
        return ""


def failure(error, request_id):
    """What the caller of the function gets to know of an error."""
    if isinstance(error, Fault):
        message, type_, trace = error.message, error.type, error.trace
    else:
        message, type_, trace = text(error), type(error).__name__, lazy().stack_trace(error)
    payload = {"errorMessage": message, "errorType": type_, "requestId": request_id, "stackTrace": trace}
    return type_, payload


def report(error, request_id):
    """Logs an error; returns what is posted for it: headers and body."""
    type_, payload = failure(error, request_id)
    lazy().log_error(payload)
    return wire.error_headers(type_), wire.dumps(payload).encode("utf-8", "backslashreplace")


class StandardFinder:
    """Finds modules that the real runtime has imported before it loads the function: no file of the function can take their
    place. The logging module is set up when, and only if, it is imported."""

    names = frozenset(
        "collections contextlib copyreg decimal enum functools importlib json keyword linecache logging math numbers operator"
        " re reprlib string textwrap threading token tokenize traceback types warnings weakref".split()
    )
    path = ()  # where modules are found besides the task root

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in cls.names:
            return None
        for finder in sys.meta_path:
            spec = None if finder is cls else finder.find_spec(name, cls.path, target)
            if spec is not None:
                return with_set_up(spec) if name == "logging" else spec
        return None


def with_set_up(spec):
    load_module = spec.loader.exec_module

    def exec_module(module):
        load_module(module)
        set_up_logging(module)

    spec.loader.exec_module = exec_module
    return spec


def set_up_logging(logging):
    lazy().set_up_logging(logging, lambda: request_id)


request_id = ""  # of the invocation that runs


def main():
    global request_id
    root = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
    StandardFinder.path = sys.path[1:]
    sys.path[0] = root  # it was the folder of the runtime, which functions have no business in
    connection = wire.Connection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sys.meta_path.insert(0, StandardFinder)
    if "logging" in sys.modules:
        set_up_logging(sys.modules["logging"])
    try:
        handler = load(os.environ.get("_HANDLER", ""))
    except Exception as error:
        connection.last("init/error", *report(error, ""))
        sys.exit(1)
    connection.poll()
    while True:
        headers, body = connection.invocation()
        request_id = headers["lambda-runtime-aws-request-id"]
        trace = headers.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        what, answer_headers, answer = invoke(handler, headers, body)
        connection.answer(request_id, what, answer_headers, answer)


def invoke(handler, headers, body):
    """Runs one invocation and returns what is posted for it: response or error, headers and body."""
    try:
        answer, content_type = handle(handler, headers, body)
        return "response", f"Content-Type: {content_type}\r\n", answer
    except Exception as error:
        return "error", *report(error, request_id)
