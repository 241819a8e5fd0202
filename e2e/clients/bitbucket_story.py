"""atlassian-python-api against the Bitbucket API, part by part. Arguments: address, name, password, commit."""
import sys
import time

from atlassian.bitbucket import Cloud
from requests import HTTPError

url, name, password, sha = sys.argv[1:5]
cloud = Cloud(url=url, username=name, password=password, cloud=True)


def refused(call):
    try:
        call()
    except HTTPError as error:
        return error.response.status_code
    raise AssertionError('it should have been refused')


def until(what, look):
    deadline = time.time() + 60
    while time.time() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError('waited in vain for ' + what)


workspace = cloud.workspaces.get('madang')
assert [entry.key for entry in workspace.projects.each()] == ['GB']
repo = workspace.repositories.get('guestbook')
assert repo.name == 'guestbook' and repo.is_private
assert [branch.name for branch in repo.branches.each()] == ['feature/greeting', 'main']
print('places well')

commit = repo.commits.get(sha)
assert commit.hash == sha
commit.add_build('lint', url='https://ci.test/1', state='SUCCESSFUL')
assert 'lint' in [build.key for build in commit.builds()]
commit.comment('Well **done**')
# Its class for comments knows those of pull requests only, also with the original.
[said] = commit.get('comments')['values']
assert said['type'] == 'commit_comment' and said['content']['raw'] == 'Well **done**'
commit.approve()
assert len(list(repo.commits.get(sha).participants())) == 1
commit.unapprove()
print('commits well')

pull = repo.pullrequests.create('Greet', 'feature/greeting', 'main', description='More')
pull.comment('Why?')
pull.add_task('Say why')
[task] = list(pull.tasks())
task.update('Say why, please')
assert not task.is_resolved
task.delete()
assert len(list(pull.diffstat())) == 1
assert 'greeting.txt' in str(pull.diff())
assert len(list(pull.commits)) == 1
pull.merge(merge_strategy='squash')
assert repo.pullrequests.get(pull.id).is_merged
print('pull requests well')

variable = repo.repository_variables.create('REGION', 'seoul', False)
assert [entry.key for entry in repo.repository_variables.each()] == ['REGION']
variable.delete()


def ended(uuid):
    found = repo.pipelines.get(uuid)
    return found if found.get_data('state')['name'] == 'COMPLETED' else None


started = repo.pipelines.trigger(branch='main')
run = until('the pipeline', lambda: ended(started.uuid))
assert run.get_data('state')['result']['name'] == 'SUCCESSFUL', run.data
assert run.pullrequest is None and run.completed_on >= run.created_on
logs = [step.log() or b'' for step in run.steps()]
assert any(b'Built here' in log for log in logs), logs
[step] = [step for step in run.steps() if step.get_data('name') == 'Build']
size, part = step.log(0, 3)
assert len(part) == 4 and int(size) > 4
assert refused(run.stop) == 400
assert len(list(repo.pipelines.each(sort='-created_on'))) >= 1
print('pipelines well')

made = repo.post('environments', data={'name': 'jeju', 'environment_type': {'name': 'Staging'}})
[place] = [one for one in repo.deployment_environments.each() if one.name == 'jeju']
assert place.uuid == made['uuid'] and place.category['name'] == 'Staging'
variables = place.deployment_environment_variables
region = variables.create('REGION', 'jeju', False)
region.update(value='jeju-2')
assert [entry.value for entry in variables.each()] == ['jeju-2']
region.delete()
assert variables.each() == []
assert refused(lambda: list(repo.issues.each())) == 404
assert list(repo.downloads.each()) == []
assert refused(lambda: workspace.repositories.get('nowhere')) == 404
print('the rest well')
