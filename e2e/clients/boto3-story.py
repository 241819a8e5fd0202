"""A short story of a service, told with boto3: boto3-story.py s3

The environment says where the cloud is: AWS_ENDPOINT_URL, AWS_DEFAULT_REGION and a key.
"""

import io
import json
import sys
import time
import zipfile
from datetime import datetime, timedelta, timezone
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client
# Seconds between two looks of a waiter; boto3's own 30 are for AWS's times.
SOON = {"Delay": 1}


def same(what, expected, seen):
    if expected != seen:
        raise SystemExit(f"{what}: expected {expected!r}, saw {seen!r}")


def refused(code, call, **given):
    try:
        call(**given)
    except ClientError as error:
        return same("the refusal", code, error.response["Error"]["Code"])
    raise SystemExit(f"not refused with {code}")


def trusting(principal):
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def s3():
    s3 = client("s3")
    region = s3.meta.region_name
    s3.create_bucket(Bucket="py-photos", CreateBucketConfiguration={"LocationConstraint": region})
    s3.get_waiter("bucket_exists").wait(Bucket="py-photos")
    large = bytes(range(256)) * 80_000
    s3.upload_fileobj(io.BytesIO(large), "py-photos", "large.bin")
    back = io.BytesIO()
    s3.download_fileobj("py-photos", "large.bin", back)
    same("20 MB", True, back.getvalue() == large)
    for n in range(12):
        s3.put_object(Bucket="py-photos", Key=f"many/{n:02}", Body=b"x", Metadata={"n": str(n)})
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="py-photos", Prefix="many/", PaginationConfig={"PageSize": 5}
    )
    same("pages", [5, 5, 2], [page["KeyCount"] for page in pages])
    same("metadata", {"n": "3"}, s3.head_object(Bucket="py-photos", Key="many/03")["Metadata"])
    link = s3.generate_presigned_url("get_object", {"Bucket": "py-photos", "Key": "many/03"})
    with urlopen(link) as page:
        same("a presigned link", b"x", page.read())
    refused("NoSuchKey", s3.get_object, Bucket="py-photos", Key="none")
    bucket = boto3.resource("s3").Bucket("py-photos")
    bucket.objects.all().delete()
    bucket.delete()
    refused("NoSuchBucket", s3.list_objects_v2, Bucket="py-photos")


def s3control():
    # It puts the account before the endpoint's name, which is no name then: the cloud as its proxy.
    proxy = {"http": client("s3").meta.endpoint_url}
    control = client("s3control", config=Config(proxies=proxy))
    account = client("sts").get_caller_identity()["Account"]
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=block)
    seen = control.get_public_access_block(AccountId=account)
    same("what is blocked", block, seen["PublicAccessBlockConfiguration"])
    control.delete_public_access_block(AccountId=account)
    code = "NoSuchPublicAccessBlockConfiguration"
    refused(code, control.get_public_access_block, AccountId=account)


def dynamodb():
    table = boto3.resource("dynamodb").create_table(
        TableName="py-music",
        AttributeDefinitions=[
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for year in range(1990, 2020):
            batch.put_item(Item={"artist": "Kim", "year": year, "tags": {"a", "b"}})
    found = table.query(
        KeyConditionExpression=boto3.dynamodb.conditions.Key("artist").eq("Kim"),
        ScanIndexForward=False,
        Limit=2,
    )
    same("a query", [2019, 2018], [item["year"] for item in found["Items"]])
    same("a set", {"a", "b"}, found["Items"][0]["tags"])
    again = {"artist": "Kim", "year": 2019}
    absent = "attribute_not_exists(artist)"
    code = "ConditionalCheckFailedException"
    refused(code, table.put_item, Item=again, ConditionExpression=absent)
    streams = client("dynamodbstreams")
    arn = table.latest_stream_arn
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    where = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**where)["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    same("the stream", 30, len(records))
    table.delete()
    table.wait_until_not_exists()


def kinesis():
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="py-clicks", ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName="py-clicks")
    records = [{"Data": b"%d" % n, "PartitionKey": str(n)} for n in range(20)]
    put = kinesis.put_records(StreamName="py-clicks", Records=records)
    same("failures", 0, put["FailedRecordCount"])
    seen = []
    for shard in kinesis.list_shards(StreamName="py-clicks")["Shards"]:
        where = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamName="py-clicks", **where)["ShardIterator"]
        seen += [int(one["Data"]) for one in kinesis.get_records(ShardIterator=iterator)["Records"]]
    same("records", list(range(20)), sorted(seen))
    kinesis.delete_stream(StreamName="py-clicks")
    kinesis.get_waiter("stream_not_exists").wait(StreamName="py-clicks")


def events():
    events = client("events")
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="py-placed")["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = asked["Attributes"]["QueueArn"]
    events.create_event_bus(Name="py-orders")
    where = {"EventBusName": "py-orders"}
    pattern = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}
    events.put_rule(Name="py-large", EventPattern=json.dumps(pattern), **where)
    target = {"Id": "queue", "Arn": arn, "InputPath": "$.detail"}
    events.put_targets(Rule="py-large", Targets=[target], **where)
    entries = [
        {"Source": "shop", "DetailType": "placed", "Detail": json.dumps({"total": n}), **where}
        for n in [5, 15]
    ]
    same("failures", 0, events.put_events(Entries=entries)["FailedEntryCount"])
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    same("the large one", [{"total": 15}], [json.loads(one["Body"]) for one in messages])
    refused("InvalidEventPatternException", events.put_rule, Name="py-x", EventPattern='{"a": 1}')
    refused("ValidationException", events.delete_rule, Name="py-large", **where)
    events.remove_targets(Rule="py-large", Ids=["queue"], **where)
    events.delete_rule(Name="py-large", **where)
    events.delete_event_bus(Name="py-orders")
    sqs.delete_queue(QueueUrl=url)


def sqs():
    queue = boto3.resource("sqs").create_queue(
        QueueName="py-jobs.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )
    for body in ["one", "two", "two"]:
        queue.send_message(MessageBody=body, MessageGroupId="g")
    first = queue.receive_messages(MaxNumberOfMessages=10)
    same("in order, once", ["one", "two"], [message.body for message in first])
    for message in first:
        message.delete()
    queue.delete()
    code = "AWS.SimpleQueueService.NonExistentQueue"
    refused(code, client("sqs").get_queue_url, QueueName="py-none")


def sns():
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="py-news")["TopicArn"]
    url = sqs.create_queue(QueueName="py-news")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"FilterPolicy": json.dumps({"kind": ["release"]})}
    endpoint = {"Protocol": "sqs", "Endpoint": attributes["QueueArn"]}
    sns.subscribe(TopicArn=topic, Attributes=policy, **endpoint)
    for kind in ["rumour", "release"]:
        named = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=kind, MessageAttributes=named)
    seen = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"])["Message"] for message in seen["Messages"]]
    same("what passed the filter", ["release"], bodies)
    sns.delete_topic(TopicArn=topic)


def iam():
    iam = client("iam")
    iam.create_user(UserName="py-jun")
    iam.get_waiter("user_exists").wait(UserName="py-jun")
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="py-jun", PolicyName="queues", PolicyDocument=document)
    key = iam.create_access_key(UserName="py-jun")["AccessKey"]
    keys = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    client("sqs", **keys).list_queues()
    refused("AccessDenied", client("s3", **keys).list_buckets)
    iam.delete_access_key(UserName="py-jun", AccessKeyId=key["AccessKeyId"])
    refused("DeleteConflict", iam.delete_user, UserName="py-jun")
    iam.delete_user_policy(UserName="py-jun", PolicyName="queues")
    iam.delete_user(UserName="py-jun")


def sts():
    iam = client("iam")
    role = iam.create_role(RoleName="py-deploy", AssumeRolePolicyDocument=trusting({"AWS": "*"}))
    given = client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="story")
    keys = given["Credentials"]
    assumed = client(
        "sts",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    who = assumed.get_caller_identity()
    same("who I am", given["AssumedRoleUser"]["Arn"], who["Arn"])
    same("how long", True, keys["Expiration"] > datetime.now(timezone.utc))


def kms():
    kms = client("kms")
    key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    how = {"KeyId": key, "Message": b"a release", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**how)["Signature"]
    same("the signature", True, kms.verify(Signature=signature, **how)["SignatureValid"])
    other = {**how, "Message": b"another"}
    refused("KMSInvalidSignatureException", kms.verify, Signature=signature, **other)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    refused("KMSInvalidStateException", kms.sign, **how)


def packed(source):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("app.py", source)
    return {"ZipFile": code.getvalue()}


def function(name, source):
    trust = trusting({"Service": "lambda.amazonaws.com"})
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions = client("lambda")
    where = {"Runtime": "python3.12", "Handler": "app.handler", "Role": role, "Timeout": 30}
    functions.create_function(FunctionName=name, Code=packed(source), **where)
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return functions


def lambda_():
    functions = function("py-add", "def handler(event, _):\n    return event['a'] + event['b']\n")
    called = functions.invoke(FunctionName="py-add", Payload=json.dumps({"a": 2, "b": 3}))
    same("2 + 3", 5, json.load(called["Payload"]))
    failed = functions.invoke(FunctionName="py-add", Payload=b"{}")
    same("a failure", "Unhandled", failed["FunctionError"])
    same("its kind", "KeyError", json.load(failed["Payload"])["errorType"])
    functions.delete_function(FunctionName="py-add")
    refused("ResourceNotFoundException", functions.invoke, FunctionName="py-add")


def logs():
    logs = client("logs")
    group = {"logGroupName": "/py/app"}
    logs.create_log_group(**group)
    logs.create_log_stream(logStreamName="one", **group)
    now = int(time.time() * 1000)
    lines = [{"timestamp": now + n, "message": json.dumps({"took": n})} for n in range(10)]
    logs.put_log_events(logStreamName="one", logEvents=lines, **group)
    slow = logs.filter_log_events(filterPattern="{ $.took > 7 }", **group)["events"]
    same("slow ones", [8, 9], [json.loads(event["message"])["took"] for event in slow])
    logs.delete_log_group(**group)
    refused("ResourceNotFoundException", logs.delete_log_group, **group)


def cloudwatch():
    metrics = client("cloudwatch")
    data = [{"MetricName": "Visits", "Value": value} for value in (1, 2, 4)]
    metrics.put_metric_data(Namespace="Py", MetricData=data)
    metrics.put_metric_alarm(
        AlarmName="py-busy",
        Namespace="Py",
        MetricName="Visits",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    now = datetime.now(timezone.utc)
    seen = metrics.get_metric_statistics(
        Namespace="Py",
        MetricName="Visits",
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum", "Maximum"],
    )["Datapoints"][0]
    same("the sum", (7, 4), (seen["Sum"], seen["Maximum"]))
    metrics.set_alarm_state(AlarmName="py-busy", StateValue="ALARM", StateReason="a story")
    states = [one["StateValue"] for one in metrics.describe_alarms()["MetricAlarms"]]
    same("the alarm", ["ALARM"], states)
    metrics.delete_alarms(AlarmNames=["py-busy"])


def cloudformation():
    stacks = client("cloudformation")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "py-stack-queue"}}
    template = {"Resources": {"Queue": queue}, "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}
    stacks.create_stack(StackName="py-stack", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="py-stack", WaiterConfig=SOON)
    outputs = stacks.describe_stacks(StackName="py-stack")["Stacks"][0]["Outputs"]
    url = client("sqs").get_queue_url(QueueName="py-stack-queue")["QueueUrl"]
    same("its output", url, outputs[0]["OutputValue"])
    stacks.delete_stack(StackName="py-stack")
    stacks.get_waiter("stack_delete_complete").wait(StackName="py-stack", WaiterConfig=SOON)
    refused("ValidationError", stacks.describe_stacks, StackName="py-stack")


globals()[{"lambda": "lambda_"}.get(sys.argv[1], sys.argv[1])]()
