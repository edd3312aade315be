/// Why a form is refused.
package enum FormError: Error, Hashable, Sendable {
    /// `Content-Type` is not `multipart/form-data`.
    case wrongContentType
    /// No boundary, a broken part, or an end before the last boundary.
    case malformed
    /// What stands before the file's content is longer than `MultipartForm.fieldBytesMax`.
    case fieldsTooLarge
    /// More than one part named `file`, or none.
    case fileCount(Int)
}
