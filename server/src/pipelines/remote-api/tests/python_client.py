"""python-jenkins, call by call. Arguments: address of the API, name, password, token."""
import sys
import time

import jenkins

url, name, password, token = sys.argv[1:5]

SCRIPT = """pipeline { agent any
  parameters { string(name: 'WHO', defaultValue: 'world') }
  stages { stage('Greet') { steps {
    echo "Hello ${params.WHO}"
    writeFile file: 'out/a.txt', text: 'made'
    archiveArtifacts 'out/*'
    writeFile file: 'r.xml', text: '<testsuite name="s"><testcase classname="C" name="one"/></testsuite>'
    junit 'r.xml'
  } } } }"""


def flow(script):
    text = script.replace('&', '&amp;').replace('<', '&lt;')
    return """<?xml version='1.1' encoding='UTF-8'?>
<flow-definition><description/><properties/>
<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"><script>%s</script></definition>
</flow-definition>""" % text


def until(what, look):
    deadline = time.time() + 40
    while time.time() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError('waited in vain for ' + what)


def build(server, job, parameters=None):
    item = server.build_job(job, parameters)
    number = until('the build', lambda: server.get_queue_item(item).get('executable'))['number']
    until('its end', lambda: server.get_build_info(job, number)['result'])
    return number


def jobs(server):
    assert not server.job_exists('py'), 'py is there already'
    server.create_job('py', jenkins.EMPTY_CONFIG_XML)
    assert server.job_exists('py')
    assert server.get_job_config('py') == jenkins.EMPTY_CONFIG_XML
    number = build(server, 'py')
    assert server.get_build_info('py', number)['result'] == 'SUCCESS'
    server.delete_job('py')
    assert not server.job_exists('py')
    server.create_job('py', flow(SCRIPT))
    server.reconfig_job('py', flow(SCRIPT + '\n'))
    try:
        server.create_job('py', flow(SCRIPT))
    except jenkins.JenkinsException as error:
        assert 'already exists' in str(error)
    else:
        raise AssertionError('py was made twice')
    server.copy_job('py', 'py2')
    server.rename_job('py2', 'py3')
    assert server.job_exists('py3') and not server.job_exists('py2')
    server.disable_job('py3')
    assert server.get_job_info('py3')['buildable'] is False
    server.enable_job('py3')
    assert server.get_job_info('py3')['buildable'] is True
    server.delete_job('py3')
    try:
        server.get_job_info('nothing')
    except jenkins.JenkinsException as error:
        assert str(error) == 'job[nothing] does not exist', error
    assert server.get_job_name('py') == 'py'


def builds(server):
    number = build(server, 'py', {'WHO': 'kim'})
    info = server.get_build_info('py', number)
    assert info['result'] == 'SUCCESS', info
    parameters = [a for a in info['actions'] if 'parameters' in a][0]['parameters']
    assert {'name': 'WHO', 'value': 'kim'}.items() <= parameters[0].items(), parameters
    assert 'Hello kim' in server.get_build_console_output('py', number)
    report = server.get_build_test_report('py', number)
    assert report['passCount'] == 1 and report['suites'][0]['cases'][0]['status'] == 'PASSED'
    assert server.get_build_artifact_as_bytes('py', number, 'out/a.txt') == b'made'
    stages = server.get_build_stages('py', number)
    assert [stage['name'] for stage in stages['stages']] == ['Greet'], stages
    assert stages['status'] == 'SUCCESS'
    all_builds = server.get_job_info('py', fetch_all_builds=True)['builds']
    assert [one['number'] for one in all_builds] == [number], all_builds
    server.delete_build('py', number)
    assert server.get_job_info('py')['lastBuild'] is None


def running(server):
    server.create_job('slow', flow('node { sleep 600 }'))
    item = server.build_job('slow')
    number = until('the build', lambda: server.get_queue_item(item).get('executable'))['number']
    found = until('running builds', server.get_running_builds)
    assert [(one['name'], one['number']) for one in found] == [('slow', number)], found
    server.stop_build('slow', number)
    until('its end', lambda: server.get_build_info('slow', number)['result'] == 'ABORTED')
    assert server.get_running_builds() == []


def folders(server):
    server.create_folder('team')
    assert server.is_folder('team')
    server.create_job('team/inner', flow('echo "in"'))
    names = [job['fullname'] for job in server.get_all_jobs()]
    assert 'team/inner' in names and 'GB/guestbook' in names, names
    assert server.jobs_count() == len(names)
    assert build(server, 'team/inner') == 1
    server.delete_job('team')


SECRET = 'org.jenkinsci.plugins.plaincredentials.impl.StringCredentialsImpl'


def credentials(server):
    text = '<%s><scope>GLOBAL</scope><id>%s</id><secret>%s</secret></%s>'
    server.create_credential('GB', text % (SECRET, 'word', 'sesame', SECRET))
    assert server.credential_exists('word', 'GB')
    assert server.get_credential_info('word', 'GB')['typeName'] == 'Secret text'
    assert 'sesame' not in server.get_credential_config('word', 'GB')
    server.reconfig_credential('GB', text % (SECRET, 'word', 'open', SECRET))
    assert [one['id'] for one in server.list_credentials('GB')] == ['word']
    server.delete_credential('word', 'GB')
    assert not server.credential_exists('word', 'GB')


def rest(server):
    assert server.get_nodes() == [{'name': 'Built-In Node', 'offline': False}], server.get_nodes()
    assert server.get_node_info('(built-in)')['displayName'] == 'Built-In Node'
    server.disable_node('(built-in)', 'for a while')
    off = server.get_node_info('(built-in)')
    assert (off['offline'], off['temporarilyOffline']) == (True, True), off
    assert off['offlineCauseReason'] == 'for a while', off
    server.enable_node('(built-in)')
    assert server.get_nodes() == [{'name': 'Built-In Node', 'offline': False}], server.get_nodes()
    try:
        server.create_node('agent')
    except jenkins.JenkinsException:
        pass
    else:
        raise AssertionError('a node was made')
    server.create_view('mine', jenkins.EMPTY_VIEW_CONFIG_XML)
    assert [view['name'] for view in server.get_views()] == ['all', 'mine']
    server.reconfig_view('mine', jenkins.EMPTY_VIEW_CONFIG_XML)
    assert 'ListView' in server.get_view_config('mine')
    assert server.get_jobs(view_name='mine') == []
    server.delete_view('mine')
    assert not server.view_exists('mine')
    assert server.check_jenkinsfile_syntax(SCRIPT) == []
    assert server.check_jenkinsfile_syntax('pipeline { agent any }') != []
    assert server.get_whoami()['id'] == name
    assert server.get_plugins().has_key('workflow-cps')
    assert server.get_queue_info() == []
    assert server.get_info()['_class'] == 'hudson.model.Hudson'
    try:
        server.run_script('println 1')
    except jenkins.JenkinsException as error:
        assert 'script console' in str(error) or '403' in str(error), error
    server.quiet_down()
    assert server.get_info()['quietingDown'] is True


for secret in (password, token):
    one = jenkins.Jenkins(url, username=name, password=secret)
    assert one.get_version().startswith('2.'), one.get_version()

server = jenkins.Jenkins(url, username=name, password=password)
for part in (jobs, builds, running, folders, credentials, rest):
    part(server)
    print(part.__name__, 'well')
