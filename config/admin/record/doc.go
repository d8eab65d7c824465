// Package record keeps the audit record: every refusal and a sample of the forwards as JSON lines, each sealed by
// a SHA-256 over itself and the seal before it, in a bounded number of files. The traffic hands over and never
// waits: what does not fit is counted, and the count stands in the record.
package record
