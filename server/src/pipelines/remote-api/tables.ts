/** What was made over the API and is neither a repository nor a branch. */
export interface ItemRow {
  project: string
  /** Names from the project down, with `/` between. */
  path: string
  kind: 'folder' | 'job' | 'multibranch'
  /** config.xml as it was given. */
  config: string
  disabled: number
  created_at: number
}

export interface ViewRow {
  /** Key of the project, or empty: a view of everything. */
  project: string
  /** Path of the folder in the project; empty for the project itself. */
  path: string
  name: string
  config: string
}

export interface RemoteTables {
  pipelines_item: ItemRow
  pipelines_view: ViewRow
}
