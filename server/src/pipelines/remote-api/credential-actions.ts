import { type CredentialInput, pipelinesEndpoints } from '@madang/api'
import { parse } from '../../kernel/index.ts'
import { credentialXml, readCredential } from './credential-xml.ts'
import { type Call, empty, redirect, type Reply, xml } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import type { Container } from './model.ts'

// Credentials of a project: `credentials/store/folder/domain/_`. A secret comes in and never out.

export async function createCredential(call: Call, of: Container): Promise<Reply> {
  await call.need(of.project, 'maintainer', 'Credentials/Create')
  const input = await checked(readCredential(await call.text()))
  const taken = await call.parts.door.credentials.open(of.project, input.id)
  if (taken) throw new Failure(409, `Credentials with the ID ${input.id} exist already`)
  await call.parts.door.credentialPut(call.actor, of.project, input)
  return empty()
}

/** GET reads it, POST changes it, DELETE removes it. */
export async function credentialConfig(call: Call, of: Container, id: string): Promise<Reply> {
  if (call.method === 'DELETE') return deleteCredential(call, of, id)
  const isRead = call.method === 'GET' || call.method === 'HEAD'
  const permission = isRead ? 'Credentials/View' : 'Credentials/Update'
  await call.need(of.project, 'maintainer', permission, isRead ? 'read' : undefined)
  const { credentials } = call.parts.door
  const open = await credentials.open(of.project, id)
  if (!open) throw notFound(`credential ${id}`)
  if (isRead) {
    const stored = (await credentials.list(of.project)).find((one) => one.id === id)
    return xml(credentialXml(open, stored?.description ?? ''))
  }
  const input = await checked(readCredential(await call.text(), open))
  if (input.id !== id) throw new Failure(400, 'The ID of credentials cannot be changed')
  await call.parts.door.credentialPut(call.actor, of.project, input)
  return empty()
}

export async function deleteCredential(call: Call, of: Container, id: string): Promise<Reply> {
  await call.need(of.project, 'maintainer', 'Credentials/Delete')
  await call.parts.door.credentialDelete(call.actor, of.project, id)
  return call.method === 'DELETE' ? empty() : redirect(`${call.base}job/${of.project}/credentials/`)
}

/** The same limits as everywhere a credential comes in. */
async function checked(input: CredentialInput): Promise<CredentialInput> {
  const { body } = pipelinesEndpoints.credentialPut
  return (await parse(body, input, 'body')) as CredentialInput
}
