import { useState } from 'react'
import { Alert, FileInput, Select, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { t } from '../i18n/index.ts'
import { base64 } from '../ui/base64.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useRead } from './operate.ts'

/** What a function is written in, and what AWS calls the handler of its first example. */
const handlers: Record<string, string> = {
  'nodejs24.x': 'index.handler',
  'nodejs22.x': 'index.handler',
  'python3.14': 'lambda_function.lambda_handler',
  'python3.13': 'lambda_function.lambda_handler',
  'python3.12': 'lambda_function.lambda_handler',
  'provided.al2023': 'bootstrap',
}
const runtimes = Object.keys(handlers)

interface Roles {
  Roles?: { RoleName: string; Arn: string; AssumeRolePolicyDocument?: string }[]
}

export function FunctionCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [runtime, setRuntime] = useState(runtimes[0]!)
  const [handler, setHandler] = useState(handlers[runtimes[0]!]!)
  const [role, setRole] = useState<string | null>(null)
  const [file, setFile] = useState<File | null>(null)
  const create = useChange('lambda', 'createFunction', { quiet: true, done: close })
  const submit = async () => {
    const ZipFile = base64(new Uint8Array(await file!.arrayBuffer()))
    create.mutate({
      FunctionName: name,
      Runtime: runtime,
      Handler: handler,
      Role: role,
      Code: { ZipFile },
    })
  }
  return (
    <FormDialog
      title={t('function.create')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() => void submit()}
    >
      <NameInput name={name} set={setName} />
      <Select
        label={t('cloud.runtime')}
        allowDeselect={false}
        data={runtimes}
        value={runtime}
        onChange={(chosen) => {
          setRuntime(chosen!)
          setHandler(handlers[chosen!]!)
        }}
      />
      <TextInput
        label={t('cloud.handler')}
        required
        value={handler}
        onChange={(event) => setHandler(event.currentTarget.value)}
      />
      <RoleSelect role={role} set={setRole} />
      <FileInput
        label={t('function.zip')}
        description={t('function.zipHint')}
        accept=".zip"
        required
        value={file}
        onChange={setFile}
      />
    </FormDialog>
  )
}

/** The roles that Lambda may take; without one no function can be made. */
function RoleSelect({ role, set }: { role: string | null; set: (arn: string | null) => void }) {
  const roles = useRead<Roles>('iam', 'listRoles', { MaxItems: 1000 }).data?.Roles
  const fitting = (roles ?? []).filter((entry) =>
    decodeURIComponent(entry.AssumeRolePolicyDocument ?? '').includes('lambda.amazonaws.com'),
  )
  if (roles && fitting.length === 0) {
    return (
      <Alert color="yellow">
        {t('function.noRole')} <Link to="/cloud/iam">IAM</Link>
      </Alert>
    )
  }
  return (
    <Select
      label={t('cloud.role')}
      description={t('function.roleHint')}
      required
      searchable
      data={fitting.map((entry) => ({ value: entry.Arn, label: entry.RoleName }))}
      value={role}
      onChange={set}
    />
  )
}
