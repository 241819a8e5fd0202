/** Member of a map that says which kind of thing it describes, as in Jenkins' own `[$class: …]`. */
export const SYMBOL = '$class'
