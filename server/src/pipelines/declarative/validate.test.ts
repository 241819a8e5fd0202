import { describe, expect, it } from 'vitest'
import { defaultVocabulary, describeErrors, parseJenkinsfile } from './index.ts'
import { everyday } from './warm-up.ts'

/** The body lands in a stage: its first line is line 5. */
function inStage(body: string): string {
  return `pipeline {\n  agent any\n  stages {\n    stage('A') {\n${body}\n    }\n  }\n}\n`
}

function found(source: string): string[] {
  return parseJenkinsfile(source).findings.map(
    (each) => `${each.line}:${each.column} ${each.message}`,
  )
}

const AGENTS = '[any, docker, dockerfile, label, none]'
const POST =
  '[always, changed, fixed, regression, aborted, success, unsuccessful, unstable, failure, notBuilt, cleanup]'

describe('whole files', () => {
  it('the one the reader is warmed with is read to its end', () => {
    expect(found(everyday)).toEqual([])
  })

  it.each([
    [
      "pipeline {\n  stages { stage('x') { steps { echo 'a' } } }\n}",
      ['1:1 Missing required section "agent"'],
    ],
    ['pipeline {\n agent any\n}', ['1:1 Missing required section "stages"']],
    ['pipeline {\n agent any\n stages {\n }\n}', ['3:2 No stages specified']],
    ["pipeline 'x'", ['1:1 Expected a block with the "pipeline" step']],
    [
      'node {\n  pipeline { agent any }\n}',
      ['2:3 pipeline block must be at the top-level, not within another block.'],
    ],
    ["node('a') { sh 'x' }", []],
    ['pipeline {\n agent any\n', ["3:1 expecting '}', found ''"]],
  ])('%j', (source, findings) => expect(found(source)).toEqual(findings))

  it('reports ten findings of one file, parser first, in the order Jenkins visits them', () => {
    const source = [
      'pipeline {',
      ' agent any',
      " options { skipDefaultCheckout\n buildDiscarder(logRotator(numToKeep: '1')) }",
      " triggers { cron()\n banana('x') }",
      " parameters { foo(name: 'x')\n string('x', 'y')\n string(nam: 'x') }",
      ' tools { maven }',
      ' banana { }',
      " stages { stage('a') { steps { echo 'x' } }\n stage('a') { steps { echo 'y' } } }",
      '}',
    ].join('\n')
    expect(found(source)).toEqual([
      '3:12 Expected an option',
      '10:2 Expected to find ‘someTool "someVersion"’',
      '11:2 Undefined section "banana"',
      '12:2 Duplicate stage name: "a"',
      '10:2 No tools specified',
      '4:28 Invalid parameter "numToKeep", did you mean "numToKeepStr"?',
      '4:28 Invalid parameter "numToKeep", did you mean "numToKeepStr"?',
      '7:15 Invalid parameter type "foo". Valid parameter types: [booleanParam, choice, credentials, file, password, run, string, text]',
      '8:2 Arguments to "string" must be explicitly named.',
      '9:9 Invalid parameter "nam", did you mean "name"?',
    ])
  })

  it('names sections that do not belong among the options, and calls that may not be arguments', () => {
    const body = inStage("steps { echo 'a' }").replace(
      'agent any',
      "agent any\noptions {\n parameters([])\n buildDiscarder(properties([]))\n timeout(node('x'))\n}",
    )
    const list = found(body).map((line) => line.replace(/\[auth.*\]/, '[…]'))
    expect(list).toEqual([
      '4:2 Invalid option type "parameters". Valid option types: […]',
      '4:2 The "parameters" job property cannot be used in the "options" directive. Use the "parameters {...}" directive instead.',
      '5:17 Invalid step "properties" used - not allowed in this context - The properties step cannot be used in Declarative Pipelines',
      '5:17 Invalid step "properties" used - not allowed in this context - The properties step cannot be used in Declarative Pipelines',
      '6:10 Invalid step "node" used - not allowed in this context - The node step cannot be called as an argument to a method in Declarative Pipelines',
      '6:10 Invalid step "node" used - not allowed in this context - The node step cannot be called as an argument to a method in Declarative Pipelines',
    ])
  })

  it('checks tool versions where installations are known', () => {
    const installations = new Map([['maven', ['Maven 3.8', 'Maven 3.9']]])
    const source = inStage("tools { maven 'Maven 3' }\nsteps { sh 'mvn' }")
    const { findings } = parseJenkinsfile(source, { ...defaultVocabulary, installations })
    expect(findings).toEqual([
      {
        message:
          'Tool type "maven" does not have an install of "Maven 3" configured - did you mean "Maven 3.8"?',
        line: 5,
        column: 15,
      },
    ])
  })
})

describe('a stage', () => {
  it.each([
    ['', ['4:5 Expected one of "steps", "stages", or "parallel" for stage "A"']],
    ['steps {}', ['5:7 No steps specified for branch']],
    // A stage's settings come before what is wrong with its work, branches come last.
    [
      'when { }\nagent { foo "x" }\nsteps { }\npost { }',
      [
        `6:9 Invalid agent type "foo" specified. Must be one of ${AGENTS}`,
        '5:1 Empty when closure, remove the property or add some content.',
        '8:1 post can not be empty',
        '7:7 No steps specified for branch',
      ],
    ],
    ['stages { stage(name: "b") { steps { echo "c" } } }', ['5:16 Expected string literal']],
    [
      'stages { stage("b", "c") { steps { echo "c" } } }',
      [
        '5:10 Stage does not have a block',
        '5:10 Expected one of "steps", "stages", or "parallel" for stage "b"',
      ],
    ],
    [
      'stages { stage { steps { echo "c" } } }',
      [
        '5:16 Expected string literal',
        '5:10 Stage does not have a block',
        '5:10 Expected one of "steps", "stages", or "parallel" for stage "error"',
      ],
    ],
    [
      'foo',
      [
        '4:5 Not a valid stage section definition: "foo". Some extra configuration is required.',
        '4:5 Expected one of "steps", "stages", or "parallel" for stage "A"',
      ],
    ],
    [
      'foo { }\nsteps { echo "a" }',
      [
        '4:5 Unknown stage section "foo". Starting with version 0.5, steps in a stage must be in a ‘steps’ block.',
      ],
    ],
    ['steps { echo "a" }\nsteps { echo "b" }', ['4:5 Multiple occurrences of the steps section']],
    [
      'steps { echo "a" }\nparallel { stage("b") { steps { echo "c" } } }',
      ['4:5 Only one of "matrix", "parallel", "stages", or "steps" allowed for stage "A"'],
    ],
    [
      'agent any\nparallel { stage("b") { steps { echo "c" } } }',
      ['5:1 "agent" is not allowed in stage "A" as it contains parallel stages'],
    ],
    ['parallel { stage("b${x}") { steps { echo "c" } } }', ['5:18 Expected string literal']],
    ['parallel { echo "x"\n stage("b") { steps { echo "c" } } }', ['5:12 Expected a stage']],
    // In one line the second is called on what the first gives, and that is no stage.
    [
      'parallel { stage("b") { steps { echo "c" } }\n stage("d") { steps { echo "e" } } stage("f") { steps { echo "g" } } }',
      ['6:2 Expected a stage'],
    ],
  ])('%j', (body, findings) => expect(found(inStage(body))).toEqual(findings))
})

describe('steps', () => {
  it.each([
    ['sh()', ['5:9 Missing required parameter: "script"']],
    ['sh scrip: "x"', ['5:12 Invalid parameter "scrip", did you mean "script"?']],
    [
      'sh script: 1',
      [
        '5:20 Expecting "class java.lang.String" but got "1" of type class java.lang.Integer instead',
      ],
    ],
    [
      'timeout(time: "x", unit: "HOURS") { echo "a" }',
      [
        '5:23 Expecting "int" for parameter "time" but got "x" of type class java.lang.String instead',
      ],
    ],
    [
      'stage("x") { echo "a" }',
      [
        '5:9 Invalid step "stage" used - not allowed in this context - The stage step cannot be used in Declarative Pipelines',
      ],
    ],
    ['def x = 1', ['5:9 Expected a step']],
    ['if (a) { echo "x" }', ['5:9 Expected a step']],
    ['docker.build("x")', ['5:9 Method calls on objects not allowed outside "script" blocks.']],
    [
      'docker.withRegistry("a", "b") { echo "x" }',
      [
        '5:9 Method calls on objects not allowed outside "script" blocks.',
        '5:9 Arguments to "error" must be explicitly named.',
      ],
    ],
    [
      'echo message: ${FOO}',
      ['5:23 ${FOO} cannot be used as a value directly. Did you mean "${FOO}"?'],
    ],
    ['script { foo.bar(1); def x = 2; if (x) { return } }', []],
    ['anythingElse a: 1, b: [c: 2]', []],
    ['milestone(1)', []],
    ['milestone()', ['5:9 Missing required parameter: "ordinal"']],
    ['lock(label: "x") { echo "a" }', ['5:9 Missing required parameter: "resource"']],
    ['lock(label: "x", resource: null) { echo "a" }', []],
    ['node { echo "a" }', ['5:9 Missing required parameter: "label"']],
    ['node("") { echo "a" }', []],
    [
      'sleep "long"',
      ['5:15 Expecting "long" but got "long" of type class java.lang.String instead'],
    ],
    [
      'sh script: "a", script: "b"',
      [
        "5:12 Duplicate named parameter 'script' found. at line: 5 column: 12. File: WorkflowScript",
      ],
    ],
  ])('%j', (step, findings) => expect(found(inStage(`steps { ${step} }`))).toEqual(findings))
})

describe('the other sections', () => {
  it.each([
    [
      'when { banana "x" }',
      [
        '5:8 Unknown conditional banana. Valid conditionals are: allOf, anyOf, branch, buildingTag, changeRequest, changelog, changeset, environment, equals, expression, isRestartedRun, not, tag, triggeredBy',
      ],
    ],
    [
      'when { not { branch 4 } }',
      [
        '5:21 Expecting "class java.lang.String" but got "4" of type class java.lang.Integer instead',
        '5:21 Expecting "class java.lang.String" but got "4" of type class java.lang.Integer instead',
      ],
    ],
    ['when { }', ['5:1 Empty when closure, remove the property or add some content.']],
    [
      'when { not { branch "a"\n branch "b" } }',
      ['5:8 Nested when condition "not" requires exactly 1 child condition(s).'],
    ],
    [
      'when { allOf { } }',
      ['5:8 Nested when condition "allOf" requires at least one child condition.'],
    ],
    [
      'when { changelog "[ab" }',
      [
        '5:8 "[ab" is not a valid regular expression. Unclosed character class near index 2\n[ab\n  ^',
      ],
    ],
    [
      'when { changelog "{a}" }',
      ['5:8 "{a}" is not a valid regular expression. Illegal repetition near index 1\n{a}\n ^'],
    ],
    ['when { environment name: "x" }', ['5:8 Missing required parameter: "value"']],
    ['agent { foo "x" }', [`5:9 Invalid agent type "foo" specified. Must be one of ${AGENTS}`]],
    [
      'agent foo',
      [
        '5:1 Only "agent none", "agent any" or "agent {...}" are allowed.',
        `5:1 No agent type specified. Must be one of ${AGENTS}`,
      ],
    ],
    [
      'agent { docker { args "x" } }',
      ['5:9 Missing required parameter for agent type "docker": image'],
    ],
    [
      'agent { label { label "x"\n lable "y" } }',
      [
        '6:2 Invalid config option "lable" for agent type "node". Valid config options are [label, customWorkspace]',
      ],
    ],
    [
      'post { banana { echo "x" } }',
      [`5:8 Invalid condition "banana" - valid conditions are ${POST}`],
    ],
    [
      'post { always echo("x") }',
      [
        `5:8 The ‘post’ section can only contain build condition names with code blocks. Valid condition names are ${POST}`,
        '5:1 post can not be empty',
      ],
    ],
    ['post { }', ['5:1 post can not be empty']],
    [
      'post { always { echo "a" }\n always { echo "b" } }',
      ['5:1 Duplicate build condition name: "always"'],
    ],
    ['environment { }', ['5:1 No variables specified for environment']],
    [
      'environment { A = "x" + foo }',
      [
        '5:25 Environment variable values to be concatenated together must be single or double quoted.',
      ],
    ],
    ['environment { B = "x"\n B = "y" }', ['6:2 Duplicate environment variable name: "B"']],
    [
      'environment { A = "x" - "y" }',
      [
        '5:19 Environment variable values can only be joined together with ‘+’s.',
        '5:1 No variables specified for environment',
      ],
    ],
    [
      'options { banana() }',
      [
        '5:11 Invalid option type "banana". Valid option types: [catchError, checkoutToSubdirectory, newContainerPerStage, retry, script, skipDefaultCheckout, timeout, timestamps, waitUntil, warnError, withContext, withCredentials, withEnv, wrap, ws]',
      ],
    ],
    [
      'tools { banana "x" }',
      ['5:9 Invalid tool type "banana". Valid tool types: [ant, git, gradle, jdk, maven]'],
    ],
    ['input { ok "x" }', ['5:1 No message specified for input']],
    ['input { message "x"\n colour "red" }', ['6:2 Not a valid field for input: "colour"']],
  ])('%j', (section, findings) => {
    expect(found(inStage(`${section}\nsteps { echo "a" }`))).toEqual(findings)
  })
})

describe('options, triggers and parameters', () => {
  const time = 'of type class java.lang.String instead'
  const count = 'of type class java.lang.Integer instead'
  it.each([
    // What is wrong with a call inside another is said twice.
    [
      'options { buildDiscarder(logRotator(numToKeepStr: 5)) }',
      Array.from(
        { length: 2 },
        () =>
          `3:51 Expecting "class java.lang.String" for parameter "numToKeepStr" but got "5" ${count}`,
      ),
    ],
    [
      'options { buildDiscarder(logRotator()) }',
      Array.from(
        { length: 2 },
        () => '3:26 "logRotator" should have 4 arguments but has 0 arguments instead.',
      ),
    ],
    [
      'options { timeout(time: "5")\n retry("3")\n quietPeriod() }',
      [
        `3:25 Expecting "int" for parameter "time" but got "5" ${time}`,
        `4:8 Expecting "int" but got "3" ${time}`,
        '5:2 "quietPeriod" should have 1 arguments but has 0 arguments instead.',
      ],
    ],
    ['options { skipDefaultCheckout()\n parallelsAlwaysFailFast(true) }', []],
    [
      'options { disableConcurrentBuilds(true)\n timestamps("x") }',
      [
        '3:11 "disableConcurrentBuilds" should have 0 arguments but has 1 arguments instead.',
        '4:2 "timestamps" should have 0 arguments but has 1 arguments instead.',
      ],
    ],
    [
      'parameters { string(name: "A", defaultValue: 1)\n booleanParam(name: "B", defaultValue: "yes") }',
      [`3:46 Expecting "class java.lang.String" for parameter "defaultValue" but got "1" ${count}`],
    ],
    [
      'parameters { string("A", description: "x") }',
      [
        '3:14 Cannot mix named and unnamed arguments',
        '3:14 Cannot mix named and unnamed arguments',
      ],
    ],
    [
      'parameters { choice(name: "A", choices: list.join("x")) }',
      ['3:41 Method calls on objects not allowed outside "script" blocks.'],
    ],
    [
      'triggers { upstream(upstreamJobs: "a") }',
      ['3:21 Invalid parameter "upstreamJobs", did you mean "upstreamProjects"?'],
    ],
  ])('%j', (section, findings) => {
    const source = inStage('steps { echo "a" }').replace('agent any', `agent any\n${section}`)
    expect(found(source)).toEqual(findings)
  })
})

describe('describeErrors', () => {
  it('prints what Jenkins prints', () => {
    const source = "pipeline {\n  stages { stage('x') { steps { echo 'a' } } }\n}"
    expect(describeErrors(parseJenkinsfile(source).findings, source)).toBe(
      'startup failed:\n' +
        'WorkflowScript: 1: Missing required section "agent" @ line 1, column 1.\n' +
        '   pipeline {\n' +
        '   ^\n' +
        '\n1 error\n',
    )
  })

  it('cuts long lines around the place', () => {
    const source = `${' '.repeat(50)}foo bar baz`
    const text = describeErrors([{ message: 'm', line: 1, column: 51 }], source)
    expect(text.split('\n').slice(2, 4)).toEqual([
      `   ${' '.repeat(30)}foo bar ba`,
      `   ${' '.repeat(30)}^`,
    ])
  })
})
