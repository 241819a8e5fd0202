import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { PasswordPolicy } from './model.ts'

const derive = promisify(scrypt) as (text: string, salt: Buffer, length: number) => Promise<Buffer>

const LENGTH = 32

/** `salt:hash` in base64; nobody signs in with it here, but ChangePassword asks for the old one. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `${salt.toString('base64')}:${(await derive(password, salt, LENGTH)).toString('base64')}`
}

export async function isPassword(password: string, hashed: string): Promise<boolean> {
  const [salt = '', hash = ''] = hashed.split(':')
  const known = Buffer.from(hash, 'base64')
  const found = await derive(password, Buffer.from(salt, 'base64'), LENGTH)
  return known.length === found.length && timingSafeEqual(known, found)
}

const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/]

/** Without a policy of the account: eight characters, three of the four kinds. */
export function conforms(password: string, policy: PasswordPolicy | undefined): boolean {
  if (!policy)
    return password.length >= 8 && kinds.filter((kind) => kind.test(password)).length >= 3
  const required = [
    policy.RequireUppercaseCharacters,
    policy.RequireLowercaseCharacters,
    policy.RequireNumbers,
    policy.RequireSymbols,
  ]
  return (
    password.length >= policy.MinimumPasswordLength &&
    kinds.every((kind, index) => !required[index] || kind.test(password))
  )
}
