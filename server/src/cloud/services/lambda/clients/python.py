# The Python runtime: loads the handler and serves invocations from the Runtime API (2018-06-01).
# It runs in the function's process and uses the standard library only.
import http.client
import importlib
import json
import logging
import os
import struct
import sys
import time
import traceback

API = "/2018-06-01/runtime/"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
request_id = None


def write_frame(text):
    body = text.encode("utf-8", "replace")
    data = struct.pack(">IIQ", 0xA55A0003, len(body), int(time.time() * 1e6)) + body
    while data:
        data = data[os.write(3, data) :]


class LambdaLogHandler(logging.Handler):
    def emit(self, record):
        write_frame(self.format(record) + "\n")


LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}
IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


class LambdaJsonFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        body = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            body["errorType"] = kind.__name__
            body["errorMessage"] = str(error)
            body["stackTrace"] = traceback.format_tb(trace)
        if request_id:
            body["requestId"] = request_id
        return json.dumps(body, ensure_ascii=False, default=str)


class LambdaLogFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        moment = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + ".%03dZ" % record.msecs
        head = "[%s]\t%s\t%s\t" % (record.levelname, moment, request_id or "")
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return head + text


class Told:
    """What a context holds: its members, told in its name."""

    def __init__(self, members, given):
        for member in members:
            setattr(self, member, given.get(member))

    def __repr__(self):
        told = ",".join("%s=%s" % member for member in vars(self).items() if member[0][0] != "_")
        return "%s([%s])" % (type(self).__name__, told)


class CognitoIdentity(Told):
    pass


class ClientContext(Told):
    pass


class Client(Told):
    pass


IDENTITY = ["cognito_identity_id", "cognito_identity_pool_id"]
CLIENT = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]


def client_context_of(text):
    if not text:
        return None
    given = json.loads(text)
    context = ClientContext(["custom", "env", "client"], given)
    if isinstance(given.get("client"), dict):
        context.client = Client(CLIENT, given["client"])
    return context


class LambdaContext(Told):
    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.client_context = client_context_of(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = CognitoIdentity(IDENTITY, {})
        self.tenant_id = None
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        write_frame(str(message))


class HandlerError(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


def call(method, path, body=None, headers=None):
    connection.request(method, API + path, body, headers or {})
    response = connection.getresponse()
    return response.headers, response.read()


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise HandlerError("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise HandlerError("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        place = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise HandlerError("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [place])
    if not hasattr(module, function_name):
        raise HandlerError("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return getattr(module, function_name)


def report(path, error):
    kind = getattr(error, "kind", None) or type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    # The runtime's own frames say nothing about the function.
    own = traceback.format_list([frame for frame in frames if frame.filename != __file__])
    trace = error.trace if isinstance(error, HandlerError) else own
    body = {"errorMessage": str(error), "errorType": kind, "requestId": request_id or "", "stackTrace": trace}
    if IS_JSON:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = {"timestamp": moment, "log_level": "ERROR", "errorMessage": str(error), "errorType": kind}
        write_frame(json.dumps({**line, "requestId": request_id or "", "stackTrace": trace}) + "\n")
    else:
        lines = [line for entry in trace for line in entry.splitlines()]
        # Indented by spaces that no viewer takes away.
        indented = [line.replace(" ", "\u00a0", len(line) - len(line.lstrip(" "))) for line in lines]
        head = "[ERROR] %s: %s" % (kind, error)
        write_frame("\n".join([head, "Traceback (most recent call last):", *indented]))
    call("POST", path, json.dumps(body), {"Lambda-Runtime-Function-Error-Type": kind})


# What the real runtime says of every error that a handler lets out.
UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or "
    "can be applied automatically. To determine if the runtime has been updated, check the runtime "
    "version in the INIT_START log entry. If this error correlates with a change in the runtime "
    "version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)


def answer(handler):
    global request_id
    headers, body = call("GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
    place = "invocation/%s/" % request_id
    try:
        result = handler(json.loads(body), LambdaContext(headers))
        try:
            text = json.dumps(result)
        except TypeError as error:
            raise HandlerError("Runtime.MarshalError", "Unable to marshal response: %s" % error)
    except Exception as error:
        if not IS_JSON:
            write_frame(UNHANDLED + "\n")
        report(place + "error", error)
    else:
        sys.stdout.flush()
        call("POST", place + "response", text, {"Content-Type": "application/json"})


def main():
    root = logging.getLogger()
    log_handler = LambdaLogHandler()
    log_handler.setFormatter(LambdaJsonFormatter() if IS_JSON else LambdaLogFormatter())
    if IS_JSON:
        root.setLevel(LEVELS.get(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"), 20))
    root.addHandler(log_handler)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except BaseException as error:
        report("init/error", error)
        sys.exit(1)
    while True:
        answer(handler)
        sys.stdout.flush()


main()
