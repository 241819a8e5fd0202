#!/usr/bin/env bash
# A short story of a service, told with the AWS CLI (1 or 2): aws-cli.sh s3
# The environment says where the cloud is: AWS_ENDPOINT_URL, AWS_DEFAULT_REGION and a key; and whose CLI it is: the
# program AWS_CLI, or aws-cli-warm.py at the port AWS_CLI_PORT.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Version 2 takes blobs in base64 unless told, and pages its output.
printf '[default]\ncli_binary_format = raw-in-base64-out\ncli_pager =\n' >config
export AWS_CONFIG_FILE="$work/config" AWS_PAGER= AWS_DEFAULT_OUTPUT=text

same() { # same WHAT EXPECTED SEEN
  [ "$2" = "$3" ] || { printf '%s: expected "%s", saw "%s"\n' "$1" "$2" "$3" >&2; exit 1; }
}
refused() { # refused CODE COMMAND...
  local code=$1 said
  shift
  if said=$("$@" 2>&1); then echo "not refused: $*" >&2; exit 1; fi
  case $said in *"($code)"*) ;; *) printf 'expected %s, saw %s\n' "$code" "$said" >&2; exit 1 ;; esac
}

# Also where a service has further names of its own: version 1 asks SQS at one of those.
aws() {
  set -- --endpoint-url "$AWS_ENDPOINT_URL" "$@"
  if [ -n "${AWS_CLI_PORT:-}" ]; then warm "$@"; else command "${AWS_CLI:-aws}" "$@"; fi
}
warm() { # one call of aws-cli-warm.py
  local call code
  call=$(mktemp -d "$work/.call.XXXXXX")
  exec 9<>"/dev/tcp/127.0.0.1/$AWS_CLI_PORT"
  printf '%s\0' $# "$PWD" "$call/stdout" "$call/stderr" "$@" >&9
  env -0 >&9
  printf '\0' >&9
  read -r code <&9 || code=70
  exec 9>&-
  cat "$call/stdout"
  cat "$call/stderr" >&2
  rm -r "$call"
  return "$code"
}

s3() {
  aws s3 mb s3://cli-photos >made
  same 'make bucket' 'make_bucket: cli-photos' "$(cat made)"
  aws s3api wait bucket-exists --bucket cli-photos
  mkdir -p site/css && echo hello >site/index.html && echo 'body {}' >site/css/main.css
  # S3 tells whole seconds, and the client uploads again what seems younger here.
  touch -d '1 minute ago' site/index.html site/css/main.css
  aws s3 sync site s3://cli-photos/site >/dev/null
  same 'synced keys' $'site/css/main.css\tsite/index.html' \
    "$(aws s3api list-objects-v2 --bucket cli-photos --query 'Contents[].Key')"
  same 'nothing to sync again' '' "$(aws s3 sync site s3://cli-photos/site)"
  rm site/css/main.css
  aws s3 sync site s3://cli-photos/site --delete >/dev/null
  same 'a page' hello "$(aws s3 cp s3://cli-photos/site/index.html -)"
  same 'its type' text/html \
    "$(aws s3api head-object --bucket cli-photos --key site/index.html --query ContentType)"
  same 'a presigned page' hello "$(curl -s "$(aws s3 presign s3://cli-photos/site/index.html)")"
  head -c 20000000 /dev/urandom >large.bin
  aws s3 cp large.bin s3://cli-photos/large.bin --no-progress >/dev/null
  aws s3 cp s3://cli-photos/large.bin back.bin --no-progress >/dev/null
  cmp large.bin back.bin
  refused BucketNotEmpty aws s3api delete-bucket --bucket cli-photos
  aws s3 rb s3://cli-photos --force >/dev/null
  refused 404 aws s3api head-bucket --bucket cli-photos
}

s3control() {
  local account
  # The account comes before the endpoint's name, which is no name then: the cloud as its proxy.
  export HTTP_PROXY=$AWS_ENDPOINT_URL
  account=$(aws sts get-caller-identity --query Account)
  aws s3api create-bucket --bucket cli-shared \
    --create-bucket-configuration "LocationConstraint=$AWS_DEFAULT_REGION" >/dev/null
  aws s3control create-access-point --account-id "$account" --name cli-door --bucket cli-shared >/dev/null
  same 'its bucket' cli-shared "$(aws s3control get-access-point \
    --account-id "$account" --name cli-door --query Bucket)"
  refused NoSuchAccessPoint aws s3control get-access-point --account-id "$account" --name none
  aws s3control delete-access-point --account-id "$account" --name cli-door
}

dynamodb() {
  local stream iterator
  aws dynamodb create-table --table-name cli-music \
    --attribute-definitions AttributeName=artist,AttributeType=S AttributeName=song,AttributeType=S \
    --key-schema AttributeName=artist,KeyType=HASH AttributeName=song,KeyType=RANGE \
    --billing-mode PAY_PER_REQUEST --stream-specification \
    StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES >/dev/null
  aws dynamodb wait table-exists --table-name cli-music
  for song in one two three; do
    aws dynamodb put-item --table-name cli-music \
      --item "{\"artist\":{\"S\":\"Kim\"},\"song\":{\"S\":\"$song\"},\"plays\":{\"N\":\"1\"}}"
  done
  same 'an update' 2 "$(aws dynamodb update-item --table-name cli-music --return-values ALL_NEW \
    --key '{"artist":{"S":"Kim"},"song":{"S":"one"}}' --update-expression 'ADD plays :one' \
    --expression-attribute-values '{":one":{"N":"1"}}' --query Attributes.plays.N)"
  same 'a query' $'three\ttwo' "$(aws dynamodb query --table-name cli-music \
    --key-condition-expression 'artist = :a AND begins_with(song, :t)' \
    --expression-attribute-values '{":a":{"S":"Kim"},":t":{"S":"t"}}' --query 'Items[].song.S')"
  refused ConditionalCheckFailedException aws dynamodb put-item --table-name cli-music \
    --item '{"artist":{"S":"Kim"},"song":{"S":"one"}}' \
    --condition-expression 'attribute_not_exists(artist)'
  same 'PartiQL' one "$(aws dynamodb execute-statement --query 'Items[].song.S' \
    --statement "SELECT song FROM \"cli-music\" WHERE artist = 'Kim' AND song = 'one'")"
  stream=$(aws dynamodbstreams list-streams --table-name cli-music --query 'Streams[0].StreamArn')
  iterator=$(aws dynamodbstreams get-shard-iterator --stream-arn "$stream" \
    --shard-id "$(aws dynamodbstreams describe-stream --stream-arn "$stream" \
      --query 'StreamDescription.Shards[0].ShardId')" --shard-iterator-type TRIM_HORIZON)
  same 'what the stream tells' $'INSERT\tINSERT\tINSERT\tMODIFY' \
    "$(aws dynamodbstreams get-records --shard-iterator "$iterator" --query 'Records[].eventName')"
  aws dynamodb delete-table --table-name cli-music >/dev/null
  aws dynamodb wait table-not-exists --table-name cli-music
}

kinesis() {
  local shard iterator
  aws kinesis create-stream --stream-name cli-clicks --shard-count 1
  aws kinesis wait stream-exists --stream-name cli-clicks
  shard=$(aws kinesis put-record --stream-name cli-clicks --partition-key a --data hello --query ShardId)
  iterator=$(aws kinesis get-shard-iterator --stream-name cli-clicks --shard-id "$shard" \
    --shard-iterator-type TRIM_HORIZON)
  same 'the record' hello "$(aws kinesis get-records --shard-iterator "$iterator" \
    --query 'Records[0].Data' | base64 -d)"
  aws kinesis delete-stream --stream-name cli-clicks
  aws kinesis wait stream-not-exists --stream-name cli-clicks
}

events() {
  local url arn
  url=$(aws sqs create-queue --queue-name cli-placed)
  arn=$(aws sqs get-queue-attributes --queue-url "$url" --attribute-names QueueArn \
    --query Attributes.QueueArn)
  aws events put-rule --name cli-placed --event-pattern '{"source":["cli-shop"]}' >/dev/null
  aws events put-targets --rule cli-placed --targets "Id=queue,Arn=$arn,InputPath=$.source" >/dev/null
  aws events put-events \
    --entries '[{"Source":"cli-shop","DetailType":"placed","Detail":"{}"}]' >/dev/null
  same 'the event' '"cli-shop"' "$(aws sqs receive-message --queue-url "$url" \
    --wait-time-seconds 20 --query 'Messages[0].Body')"
  aws events remove-targets --rule cli-placed --ids queue >/dev/null
  aws events delete-rule --name cli-placed
  refused ResourceNotFoundException aws events describe-rule --name cli-placed
  aws sqs delete-queue --queue-url "$url"
}

sqs() {
  local url receipt
  url=$(aws sqs create-queue --queue-name cli-jobs)
  same 'its address' "$url" "$(aws sqs get-queue-url --queue-name cli-jobs)"
  aws sqs send-message --queue-url "$url" --message-body 'do it' >/dev/null
  receipt=$(aws sqs receive-message --queue-url "$url" --query 'Messages[0].ReceiptHandle')
  same 'taken' 1 "$(aws sqs get-queue-attributes --queue-url "$url" --query \
    Attributes.ApproximateNumberOfMessagesNotVisible --attribute-names All)"
  aws sqs delete-message --queue-url "$url" --receipt-handle "$receipt"
  aws sqs delete-queue --queue-url "$url"
  refused AWS.SimpleQueueService.NonExistentQueue aws sqs get-queue-url --queue-name cli-none
}

sns() {
  local topic queue body
  topic=$(aws sns create-topic --name cli-news)
  queue=$(aws sqs create-queue --queue-name cli-news)
  aws sns subscribe --topic-arn "$topic" --protocol sqs --attributes RawMessageDelivery=true \
    --notification-endpoint "$(aws sqs get-queue-attributes --queue-url "$queue" \
      --attribute-names QueueArn --query Attributes.QueueArn)" >/dev/null
  aws sns publish --topic-arn "$topic" --message 'it is out' >/dev/null
  body=$(aws sqs receive-message --queue-url "$queue" --wait-time-seconds 20 --query 'Messages[0].Body')
  same 'what arrived' 'it is out' "$body"
  aws sns delete-topic --topic-arn "$topic"
}

iam() {
  local arn
  aws iam create-user --user-name cli-minji >/dev/null
  aws iam wait user-exists --user-name cli-minji
  arn=$(aws iam create-policy --policy-name cli-read --query Policy.Arn --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}')
  aws iam wait policy-exists --policy-arn "$arn"
  aws iam attach-user-policy --user-name cli-minji --policy-arn "$arn"
  same 'a simulation' $'allowed\timplicitDeny' "$(aws iam simulate-principal-policy \
    --policy-source-arn "$(aws iam get-user --user-name cli-minji --query User.Arn)" \
    --action-names s3:GetObject s3:PutObject --query 'EvaluationResults[].EvalDecision')"
  refused DeleteConflict aws iam delete-user --user-name cli-minji
  aws iam detach-user-policy --user-name cli-minji --policy-arn "$arn"
  aws iam delete-policy --policy-arn "$arn"
  aws iam delete-user --user-name cli-minji
  refused NoSuchEntity aws iam get-user --user-name cli-minji
}

sts() {
  local role keys
  role=$(aws iam create-role --role-name cli-deploy --query Role.Arn --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}')
  keys=$(aws sts assume-role --role-arn "$role" --role-session-name story \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
  (
    read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    same 'who I am' "${role/:iam:/:sts:}" "$(aws sts get-caller-identity --query Arn |
      sed 's|assumed-role/cli-deploy/story|role/cli-deploy|')"
    refused AccessDenied aws s3api list-buckets
  )
}

kms() {
  local key
  key=$(aws kms create-key --query KeyMetadata.KeyId)
  aws kms create-alias --alias-name alias/cli-key --target-key-id "$key"
  printf secret >plain
  aws kms encrypt --key-id alias/cli-key --plaintext fileb://plain --query CiphertextBlob |
    base64 -d >sealed
  same 'opened again' secret "$(aws kms decrypt --ciphertext-blob fileb://sealed --query Plaintext |
    base64 -d)"
  refused NotFoundException aws kms describe-key --key-id alias/none
  aws kms schedule-key-deletion --key-id "$key" --pending-window-in-days 7 >/dev/null
}

lambda_role() { # lambda_role NAME
  aws iam create-role --role-name "$1" --query Role.Arn --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
}

lambda() {
  cat >index.mjs <<'END'
export const handler = async (event) => {
  console.log('asked for', event.name)
  return { hello: event.name }
}
END
  python3 -m zipfile -c code.zip index.mjs
  aws lambda create-function --function-name cli-hello --runtime nodejs22.x --handler index.handler \
    --role "$(lambda_role cli-hello)" --timeout 30 --zip-file fileb://code.zip >/dev/null
  aws lambda wait function-active-v2 --function-name cli-hello
  same 'its status' 200 "$(aws lambda invoke --function-name cli-hello --payload '{"name":"yard"}' \
    --query StatusCode out.json)"
  same 'its answer' '{"hello":"yard"}' "$(cat out.json)"
  has_line /aws/lambda/cli-hello 'asked for yard'
  aws lambda delete-function --function-name cli-hello >/dev/null
}

has_line() { # has_line GROUP TEXT, within a minute
  local deadline=$((SECONDS + 60))
  until aws logs filter-log-events --log-group-name "$1" --query 'events[].message' 2>/dev/null |
    grep -q "$2"; do
    [ "$SECONDS" -lt "$deadline" ] || { echo "no line with \"$2\" in $1" >&2; exit 1; }
  done
}

logs() {
  aws logs create-log-group --log-group-name /cli/app
  aws logs create-log-stream --log-group-name /cli/app --log-stream-name one
  aws logs put-log-events --log-group-name /cli/app --log-stream-name one \
    --log-events "timestamp=$(date +%s)000,message='GET / 200' " >/dev/null
  same 'filtered' 'GET / 200' "$(aws logs filter-log-events --log-group-name /cli/app \
    --filter-pattern GET --query 'events[].message')"
  has_line /cli/app 'GET / 200'
  aws logs delete-log-group --log-group-name /cli/app
  refused ResourceNotFoundException aws logs delete-log-group --log-group-name /cli/app
}

cloudwatch() {
  aws cloudwatch put-metric-data --namespace Cli --metric-name Visits --value 7 --unit Count
  # Version 1 prints a whole number as 7, version 2 as 7.0.
  local sum
  sum=$(aws cloudwatch get-metric-statistics --namespace Cli --metric-name Visits \
    --period 3600 --statistics Sum --query 'to_number(Datapoints[0].Sum)' \
    --start-time "$(date -u -d '-1 hour' +%FT%TZ)" --end-time "$(date -u -d '+1 hour' +%FT%TZ)")
  same 'the sum' 7 "${sum%.0}"
  aws cloudwatch put-metric-alarm --alarm-name cli-busy --namespace Cli --metric-name Visits \
    --statistic Sum --period 60 --evaluation-periods 1 --threshold 5 \
    --comparison-operator GreaterThanThreshold
  aws cloudwatch wait alarm-exists --alarm-names cli-busy
  aws cloudwatch set-alarm-state --alarm-name cli-busy --state-value ALARM --state-reason story
  aws cloudwatch delete-alarms --alarm-names cli-busy
}

cloudformation() {
  cp "$here/stack.yaml" .
  aws cloudformation deploy --stack-name cli-stack --template-file stack.yaml \
    --parameter-overrides Name=cli --no-fail-on-empty-changeset >/dev/null
  same 'its output' cli-stack-queue "$(aws cloudformation describe-stacks --stack-name cli-stack \
    --query "Stacks[0].Outputs[?OutputKey=='QueueName'].OutputValue")"
  aws cloudformation deploy --stack-name cli-stack --template-file stack.yaml \
    --parameter-overrides Name=cli --no-fail-on-empty-changeset | grep -q 'No changes to deploy'
  aws cloudformation delete-stack --stack-name cli-stack
  aws cloudformation wait stack-delete-complete --stack-name cli-stack
  refused ValidationError aws cloudformation describe-stacks --stack-name cli-stack
}

"$1"
