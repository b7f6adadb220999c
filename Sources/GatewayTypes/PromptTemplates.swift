public import NIOCore

/// The templates that clients may ask for.
public protocol PromptTemplates: Sendable {
    /// What a body says of a template; nil where it asks for none. Throws where it cannot be read.
    func call(in body: ByteBuffer, of surface: Surface) throws(Failure) -> TemplateCall?
    /// The text of a template with the call's variables in it.
    func expand(_ call: TemplateCall) throws(Failure) -> ExpandedTemplate
}

/// A client's wish for a template, before anybody has looked whether there is such a one.
public struct TemplateCall: Sendable {
    public let name: String
    /// Nil: the template's own choice.
    public let version: Int?
    public let variables: [(name: String, value: TemplateValue)]
    /// The model that the body names beside it.
    public let model: String?

    public init(name: String, version: Int?, variables: [(name: String, value: TemplateValue)], model: String?) {
        self.name = name
        self.version = version
        self.variables = variables
        self.model = model
    }

    /// What a client writes as the model to have the template's own.
    public static let modelWord = "template"
}

/// The value of a variable, as its JSON says.
public enum TemplateValue: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    /// As it was written.
    case number(String)
    case boolean(Bool)
    /// What no variable can be: `null`, a list, an object.
    case other
}

/// A template's text, ready to be written into the request.
public struct ExpandedTemplate: Sendable {
    public let use: TemplateUse
    /// The model where the client left that to the template.
    public let model: String?
    public let edit: RequestEdit

    public init(use: TemplateUse, model: String?, edit: RequestEdit) {
        self.use = use
        self.model = model
        self.edit = edit
    }
}

/// Which template an exchange was asked by.
public struct TemplateUse: Sendable, Equatable {
    public let name: ConfiguredName
    public let version: Int

    public init(name: ConfiguredName, version: Int) {
        self.name = name
        self.version = version
    }
}
