import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

// Most texts are those of public suites that were run against the real service; a few (what `near`
// shows, redundant parentheses, BETWEEN's bounds) are from experience and not recorded anew here.
let cloud: DynamoUnderTest
beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('abc')
})
afterAll(() => cloud.stop())

const refusal = (operation: string, input: object) => cloud.refusal(operation, input)

/** What PutItem, UpdateItem and DeleteItem say before they look their table up. */
const detected = (message: string) => `1 validation error detected: ${message}`
const key = { TableName: 'abc', Key: { a: { S: 'k' } } }
const item = (value: object) => ({ TableName: 'abc', Item: { a: { S: 'k' }, x: value } })
const values = (value: object) => ({ ExpressionAttributeValues: { ':v': value } })

describe('UpdateExpression', () => {
  const path = 'must remove or rewrite one of these paths'
  const type = 'Incorrect operand type for operator or function'
  test.each([
    ['', {}, 'The expression can not be empty;'],
    ['set a', {}, 'Syntax error; token: "<EOF>", near: "a"'],
    [
      'set x = if_not_exists(y, y)',
      {},
      'The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [y]',
    ],
    ['set x = ((y))', {}, 'The expression has redundant parentheses;'],
    ['set x.and = y', {}, 'Syntax error; token: "and", near: ".and ="'],
    [
      'remove y[2147483648]',
      {},
      'List index is not within the allowable range; index: [2147483648]',
    ],
    ['remove y[01]', {}, 'Syntax error; token: "1", near: "01]"'],
    [
      `remove ${'y.'.repeat(32)}y`,
      {},
      'The document path has too many nesting levels; nesting levels: 33',
    ],
    ['set x = y-', {}, 'Syntax error; token: "<EOF>", near: "-"'],
    ['set x = foo * y', {}, 'Syntax error; token: "*", near: "foo * y"'],
    ['set abOrt = x', {}, 'Attribute name is a reserved keyword; reserved keyword: abOrt'],
    ['set x = if_not_exist(x)', {}, 'Invalid function name; function: if_not_exist'],
    ['set x = y set z = y', {}, 'The "SET" section can only be used once in an update expression;'],
    [
      'set x = #n',
      {},
      'An expression attribute name used in the document path is not defined; attribute name: #n',
    ],
    [
      'set x = :n',
      {},
      'An expression attribute value used in expression is not defined; attribute value: :n',
    ],
    [
      'set x.y = z, x = z',
      {},
      `Two document paths overlap with each other; ${path}; path one: [x, y], path two: [x]`,
    ],
    [
      'remove x.y set x[1] = z',
      {},
      `Two document paths conflict with each other; ${path}; path one: [x, y], path two: [x, [1]]`,
    ],
    [
      'add x :v',
      values({ S: 'a' }),
      `${type}; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND`,
    ],
    [
      'delete x :v',
      values({ N: '1' }),
      `${type}; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND`,
    ],
    ['set x = x + :v', values({ S: 'a' }), `${type}; operator or function: +, operand type: S`],
    [
      'set x = list_append(x, :v)',
      values({ N: '1' }),
      `${type}; operator or function: list_append, operand type: N`,
    ],
    [
      'set x = if_not_exists(y)',
      {},
      'Incorrect number of operands for operator or function; ' +
        'operator or function: if_not_exists, number of operands: 1',
    ],
  ])('%s', async (UpdateExpression, more, message) => {
    expect(await refusal('updateItem', { ...key, UpdateExpression, ...more })).toEqual({
      type: 'ValidationException',
      message: detected(`Invalid UpdateExpression: ${message}`),
    })
  })
})

test('a sum of more digits than a number holds is told as one that is too large', async () => {
  const sum = (UpdateExpression: string) =>
    refusal('updateItem', {
      ...key,
      UpdateExpression,
      ExpressionAttributeValues: { ':large': { N: '1e50' }, ':one': { N: '1' } },
    })
  for (const expression of ['set x = :large + :one', 'set x = :one - :large']) {
    expect((await sum(expression)).message).toBe(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    )
  }
})

describe('ConditionExpression', () => {
  test.each([
    ['((x = y))', {}, 'The expression has redundant parentheses;'],
    [
      'size(x)',
      {},
      'The function is not allowed to be used this way in an expression; function: size',
    ],
    [
      'x = x',
      {},
      'The first operand must be distinct from the remaining operands for this operator or ' +
        'function; operator: =, first operand: [x]',
    ],
    [
      'attribute_type(x, :v)',
      values({ S: 'QQ' }),
      'Invalid attribute type name found; type: QQ, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    ],
    [
      'attribute_exists(:v)',
      values({ S: 'a' }),
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    [
      'x between :b and :a',
      { ExpressionAttributeValues: { ':a': { N: '1' }, ':b': { N: '2' } } },
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ' +
        'lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    ],
  ])('%s', async (ConditionExpression, more, message) => {
    const asked = { TableName: 'abc', Item: { a: { S: 'k' } }, ConditionExpression, ...more }
    expect((await refusal('putItem', asked)).message).toBe(
      detected(`Invalid ConditionExpression: ${message}`),
    )
  })
})

describe('members', () => {
  test.each([
    [
      'putItem',
      item({ N: 'b' }),
      detected('The parameter cannot be converted to a numeric value: b'),
    ],
    [
      'putItem',
      item({ N: '1e126' }),
      detected(
        'Number overflow. Attempting to store a number with magnitude larger than supported range',
      ),
    ],
    [
      'putItem',
      item({ N: '1e-131' }),
      detected(
        'Number underflow. Attempting to store a number with magnitude smaller than supported range',
      ),
    ],
    [
      'putItem',
      item({ N: '1'.repeat(39) }),
      detected('Attempting to store more than 38 significant digits in a Number'),
    ],
    [
      'putItem',
      item({ SS: [] }),
      detected('One or more parameter values were invalid: An string set  may not be empty'),
    ],
    [
      'putItem',
      item({ SS: ['a', 'a'] }),
      detected(
        'One or more parameter values were invalid: Input collection ["a", "a"] contains duplicates.',
      ),
    ],
    [
      'putItem',
      item({ NS: ['1', '1.0'] }),
      detected('One or more parameter values were invalid: Input collection contains duplicates.'),
    ],
    [
      'putItem',
      item({ S: 'x'.repeat(409_600) }),
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'putItem',
      { TableName: 'abc', Item: { b: { S: 'k' } } },
      'One or more parameter values were invalid: Missing the key a in the item',
    ],
    [
      'putItem',
      { TableName: 'abc', Item: { a: { N: '1' } } },
      'One or more parameter values were invalid: Type mismatch for key a expected: S actual: N',
    ],
    [
      'putItem',
      { ...item({ S: 'a' }), ReturnValues: 'ALL_NEW' },
      detected('ReturnValues can only be ALL_OLD or NONE'),
    ],
    [
      'getItem',
      { TableName: 'abc', Key: { b: { S: 'k' } } },
      'The provided key element does not match the schema',
    ],
    [
      'getItem',
      { TableName: 'ab', Key: {} },
      "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 3',
    ],
    [
      'describeTable',
      { TableName: 'ab' },
      "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 3',
    ],
    [
      'describeTable',
      {},
      "The parameter 'TableName' is required but was not present in the request",
    ],
    [
      'batchWriteItem',
      { RequestItems: { abc: [] } },
      "1 validation error detected: Value '{abc=[]}' at 'requestItems' failed to satisfy " +
        'constraint: Map value must satisfy constraint: [Member must have length less than or ' +
        'equal to 25, Member must have length greater than or equal to 1]',
    ],
    [
      'batchWriteItem',
      { RequestItems: { abc: [{ PutRequest: { Item: { b: { S: 'x' } } } }] } },
      'The provided key element does not match the schema',
    ],
    [
      'query',
      { TableName: 'abc', KeyConditionExpression: 'a = :v or a = :v', ...values({ S: 'x' }) },
      'Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      'getItem',
      { TableName: 'abc;', ReturnConsumedCapacity: 'hi' },
      "3 validation errors detected: Value 'hi' at 'returnConsumedCapacity' failed to satisfy " +
        'constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; ' +
        "Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy regular " +
        "expression pattern: [a-zA-Z0-9_.-]+; Value null at 'key' failed to satisfy constraint: " +
        'Member must not be null',
    ],
    [
      'updateItem',
      { ...key, UpdateExpression: 'set a = :v', ...values({ S: 'x' }) },
      'One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key',
    ],
    [
      'updateItem',
      { ...key, UpdateExpression: 'remove x', ...values({ S: 'x' }) },
      detected('Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}'),
    ],
    [
      'updateItem',
      { ...key, UpdateExpression: 'set x = y' },
      'The provided expression refers to an attribute that does not exist in the item',
    ],
    [
      'updateItem',
      { ...key, UpdateExpression: 'set x.y = :v', ...values({ S: 'x' }) },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'query',
      { TableName: 'abc' },
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    [
      'query',
      { TableName: 'abc', KeyConditionExpression: 'b = :v', ...values({ S: 'x' }) },
      'Query condition missed key schema element: a',
    ],
    [
      'query',
      { TableName: 'abc', KeyConditionExpression: 'a > :v', ...values({ S: 'x' }) },
      'Query key condition not supported',
    ],
    [
      'query',
      {
        TableName: 'abc',
        KeyConditionExpression: 'a = :v',
        FilterExpression: 'a = :v',
        ...values({ S: 'x' }),
      },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: a',
    ],
    [
      'scan',
      { TableName: 'abc', Segment: 2, TotalSegments: 2 },
      'The Segment parameter is zero-based and must be less than parameter TotalSegments',
    ],
    [
      'scan',
      { TableName: 'abc', AttributesToGet: ['a'], FilterExpression: 'x' },
      'Can not use both expression and non-expression parameters in the same request: ' +
        'Non-expression parameters: {AttributesToGet} Expression parameters: {FilterExpression}',
    ],
  ])('%s %j', async (operation, input, message) => {
    expect(await refusal(operation, input)).toEqual({ type: 'ValidationException', message })
  })
})

test('every answer carries the sum of its body', async () => {
  for (const body of ['{"TableName":"abc"}', '{"TableName":"nowhere"}']) {
    const answer = await fetch(cloud.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.DescribeTable',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/dynamodb/aws4_request, ' +
          `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
      },
      body,
    })
    expect(answer.headers.get('x-amz-crc32')).toBe(String(crc32(await answer.text())))
  }
})

test('the endpoint says that it lives', async () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=test/20261122/eu-west-3/dynamodb/aws4_request, ' +
    `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`
  const answer = await fetch(cloud.url, { headers: { authorization } })
  expect([answer.status, await answer.text()]).toEqual([
    200,
    'healthy: dynamodb.eu-west-3.amazonaws.com ',
  ])
  expect(answer.headers.get('x-amz-crc32')).toMatch(/^\d+$/)
})

test('what is not there is not found', async () => {
  expect(await refusal('getItem', { ...key, TableName: 'nowhere' })).toEqual({
    type: 'ResourceNotFoundException',
    message: 'Requested resource not found',
  })
  expect(await refusal('describeTable', { TableName: 'nowhere' })).toEqual({
    type: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: nowhere not found',
  })
  expect(
    await refusal('createTable', {
      TableName: 'abc',
      AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  ).toEqual({ type: 'ResourceInUseException', message: 'Table already exists: abc' })
})
