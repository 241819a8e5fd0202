import type { MessageKey } from '../i18n/resources.ts'

export const clientNames = {
  maven: 'Maven',
  npm: 'npm',
  pypi: 'PyPI',
  docker: 'Docker',
  curl: 'curl',
} as const
export type Client = keyof typeof clientNames

interface ClientText {
  title: MessageKey
  text: string
}

/** Settings to copy, with the addresses of this server and project in them. */
export function clientTexts(client: Client, origin: string, project: string): ClientText[] {
  return texts[client]({ origin, host: new URL(origin).host, project, id: project.toLowerCase() })
}

interface Place {
  origin: string
  host: string
  project: string
  id: string
}

const texts: Record<Client, (place: Place) => ClientText[]> = {
  maven: ({ origin, project, id }) => [
    {
      title: 'registry.mavenServer',
      text: `<settings>
  <servers>
    <server>
      <id>${id}</id>
      <username>token</username>
      <password>\${env.MADANG_TOKEN}</password>
    </server>
  </servers>
</settings>`,
    },
    {
      title: 'registry.mavenProject',
      text: `<repositories>
  <repository>
    <id>${id}</id>
    <url>${origin}/maven/${project}</url>
  </repository>
</repositories>
<distributionManagement>
  <repository>
    <id>${id}</id>
    <url>${origin}/maven/${project}</url>
  </repository>
  <snapshotRepository>
    <id>${id}</id>
    <url>${origin}/maven/${project}</url>
  </snapshotRepository>
</distributionManagement>`,
    },
    { title: 'registry.publish', text: 'mvn deploy' },
  ],
  npm: ({ origin, host, project }) => [
    {
      title: 'registry.npmrc',
      text: `registry=${origin}/npm/${project}/
//${host}/npm/${project}/:_authToken=\${MADANG_TOKEN}`,
    },
    {
      title: 'registry.yarnrc',
      text: `npmRegistryServer: "${origin}/npm/${project}"
npmAuthToken: "\${MADANG_TOKEN}"
npmAlwaysAuth: true
${origin.startsWith('http:') ? `unsafeHttpWhitelist: ["${host.split(':')[0]}"]\n` : ''}npmPreapprovedPackages: ["@<your scope>/*"]`,
    },
    { title: 'registry.publish', text: 'npm publish' },
    { title: 'registry.install', text: 'npm install <package>' },
  ],
  pypi: ({ origin, project, id }) => [
    {
      title: 'registry.pypirc',
      text: `[distutils]
index-servers = ${id}

[${id}]
repository = ${origin}/pypi/${project}/legacy/
username = token`,
    },
    {
      title: 'registry.publish',
      text: `twine upload -r ${id} -p "$MADANG_TOKEN" dist/*`,
    },
    {
      title: 'registry.install',
      text: `pip install -i ${origin.replace('://', '://token:$MADANG_TOKEN@')}/pypi/${project}/simple/ <package>`,
    },
  ],
  docker: ({ host, id }) => [
    {
      title: 'registry.signIn',
      text: `echo "$MADANG_TOKEN" | docker login ${host} -u token --password-stdin`,
    },
    { title: 'registry.publish', text: `docker push ${host}/${id}/<image>:<tag>` },
    { title: 'registry.install', text: `docker pull ${host}/${id}/<image>:<tag>` },
  ],
  curl: ({ origin, project }) => [
    {
      title: 'registry.publish',
      text: `curl -u :$MADANG_TOKEN -T app.zip ${origin}/artifacts/${project}/app/1.0.0/app.zip`,
    },
    {
      title: 'registry.install',
      text: `curl -u :$MADANG_TOKEN -OJ ${origin}/artifacts/${project}/app/1.0.0/app.zip`,
    },
  ],
}
