export { snippetMigrations } from './migrations.ts'
export { createSnippets, type SnippetChange, type Snippets } from './snippets.ts'
export * from './store.ts'
