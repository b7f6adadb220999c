"""Client surfaces, each driven by the vendor's own SDK: a conversation goes in, an `Answer` comes out."""
import base64
import json
from dataclasses import dataclass, field

import anthropic
import openai
from google import genai
from google.genai import errors, types

from gateway import KEY

TOOL = "read_gauge"
PARAMETERS = {"type": "object", "properties": {"place": {"type": "string"}, "call": {"type": "integer"}}}
SCHEMA = {
    "type": "object", "properties": {"level": {"type": "number"}}, "required": ["level"], "additionalProperties": False,
}
#: What a reply may have at most where a test does not say.
LIMIT = 4096


@dataclass
class Ask:
    """A conversation. `turns`: (`user` or `assistant`, text); `extra`: arguments of the SDK's own."""
    turns: list = field(default_factory=lambda: [("user", "How high is the water?")])
    system: str = None
    image: bytes = None
    tools: bool = False
    schema: bool = False
    stop: list = None
    limit: int = LIMIT
    thinks: bool = False
    extra: dict = field(default_factory=dict)


@dataclass
class Answer:
    """What the SDK made of a reply. `usage`: in the surface's words; `said`: the SDK's own object, to be sent back."""
    text: str
    thoughts: str
    calls: list
    finish: str
    usage: dict
    headers: dict
    said: object


@dataclass
class Refusal:
    kind: type
    status: int
    message: str
    field: str
    retry_after: str
    headers: dict


class Chat:
    """`POST /v1/chat/completions` by `openai`."""
    name = "chat"
    finishes = {"stop": "stop", "length": "length", "tools": "tool_calls"}
    failure = openai.APIStatusError
    failures = {400: openai.BadRequestError, 429: openai.RateLimitError, 500: openai.InternalServerError}
    unsayable_stop = None

    def __init__(self, gateway):
        self.client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, max_retries=0, timeout=20)

    def request(self, route, ask):
        messages = [{"role": "system", "content": ask.system}] if ask.system else []
        messages += [{"role": role, "content": text} for role, text in ask.turns]
        if ask.image:
            url = "data:image/png;base64," + base64.b64encode(ask.image).decode()
            messages[-1]["content"] = [
                {"type": "text", "text": ask.turns[-1][1]}, {"type": "image_url", "image_url": {"url": url}}]
        whole = {"model": route, "messages": messages, "max_completion_tokens": ask.limit}
        if ask.tools:
            function = {"name": TOOL, "description": "Reads a gauge.", "parameters": PARAMETERS}
            whole["tools"] = [{"type": "function", "function": function}]
        if ask.schema:
            whole["response_format"] = {
                "type": "json_schema", "json_schema": {"name": "level", "schema": SCHEMA, "strict": True}}
        if ask.stop:
            whole["stop"] = ask.stop
        if ask.thinks:
            whole["reasoning_effort"] = "low"
        return whole | ask.extra

    def with_results(self, request, answer, results):
        tail = [{"role": "tool", "tool_call_id": call[0], "content": text} for call, text in zip(answer.calls, results)]
        return request | {"messages": [*request["messages"], answer.said, *tail]}

    def call(self, request):
        raw = self.client.chat.completions.with_raw_response.create(**request)
        reply = raw.parse()
        message = reply.choices[0].message
        return Answer(
            message.content or "", getattr(message, "reasoning_content", None) or "",
            [(call.id, call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []],
            reply.choices[0].finish_reason, self.usage(reply.usage), raw.headers, message.model_dump(exclude_none=True))

    def stream(self, request):
        stream = self.client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True})
        text, thoughts, calls, finish, usage, details = "", "", {}, None, None, []
        for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                finish = choice.finish_reason or finish
                text += choice.delta.content or ""
                thoughts += getattr(choice.delta, "reasoning_content", None) or ""
                details += getattr(choice.delta, "reasoning_details", None) or []
                for piece in choice.delta.tool_calls or []:
                    if piece.index not in calls:
                        calls[piece.index] = piece.model_dump(exclude_none=True, exclude={"index"})
                    else:
                        calls[piece.index]["function"]["arguments"] += piece.function.arguments or ""
        calls = [calls[index] for index in sorted(calls)]
        said = {"role": "assistant", "content": text}
        said |= {"tool_calls": calls} if calls else {}
        said |= {"reasoning_content": thoughts} if thoughts else {}
        said |= {"reasoning_details": details} if details else {}
        return Answer(
            text, thoughts,
            [(call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls],
            finish, self.usage(usage), stream.response.headers, said)

    @staticmethod
    def usage(usage):
        return {
            "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens, "cached_tokens": usage.prompt_tokens_details.cached_tokens,
            "reasoning_tokens": usage.completion_tokens_details.reasoning_tokens,
        }

    @staticmethod
    def counted(tokens):
        return {
            "prompt_tokens": tokens["prompt"], "completion_tokens": tokens["completion"],
            "total_tokens": tokens["prompt"] + tokens["completion"], "cached_tokens": tokens["cache_read"],
            "reasoning_tokens": tokens["reasoning"],
        }

    def broken_stream(self, request):
        """What the client is told of an error inside a stream."""
        try:
            list(self.client.chat.completions.create(**request, stream=True))
        except openai.APIError as error:
            return error.message

    @staticmethod
    def refusal(error):
        body = error.body if isinstance(error.body, dict) else {}
        return Refusal(
            type(error), error.status_code, body.get("message", ""), body.get("param"),
            error.response.headers.get("retry-after"), error.response.headers)


class Responses(Chat):
    """`POST /v1/responses` by `openai`."""
    name = "responses"
    finishes = {"stop": "completed", "length": "max_output_tokens", "tools": "completed"}
    unsayable_stop = "the API has no stop sequences"

    def request(self, route, ask):
        items = [{"role": role, "content": text} for role, text in ask.turns]
        if ask.image:
            url = "data:image/png;base64," + base64.b64encode(ask.image).decode()
            items[-1]["content"] = [
                {"type": "input_text", "text": ask.turns[-1][1]}, {"type": "input_image", "image_url": url}]
        whole = {"model": route, "input": items, "max_output_tokens": ask.limit, "store": False}
        if ask.system:
            whole["instructions"] = ask.system
        if ask.tools:
            whole["tools"] = [{
                "type": "function", "name": TOOL, "description": "Reads a gauge.", "parameters": PARAMETERS,
                "strict": False}]
        if ask.schema:
            whole["text"] = {"format": {"type": "json_schema", "name": "level", "schema": SCHEMA, "strict": True}}
        if ask.thinks:
            whole |= {"reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
        return whole | ask.extra

    def with_results(self, request, answer, results):
        tail = [
            {"type": "function_call_output", "call_id": call[0], "output": text}
            for call, text in zip(answer.calls, results)]
        return request | {"input": [*request["input"], *answer.said, *tail]}

    def call(self, request):
        raw = self.client.responses.with_raw_response.create(**request)
        return self.answer(raw.parse(), raw.headers)

    def stream(self, request):
        stream = self.client.responses.create(**request, stream=True)
        events = list(stream)
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert events[0].type == "response.created"
        assert events[-1].type in ("response.completed", "response.incomplete"), events[-1]
        answer = self.answer(events[-1].response, stream.response.headers)

        def joined(kind):
            return "".join(event.delta for event in events if event.type == kind)

        assert joined("response.output_text.delta") == answer.text
        assert joined("response.reasoning_summary_text.delta") == answer.thoughts
        arguments = {}
        for event in events:
            if event.type == "response.function_call_arguments.delta":
                arguments[event.output_index] = arguments.get(event.output_index, "") + event.delta
        assert [json.loads(arguments[index]) for index in sorted(arguments)] == [call[2] for call in answer.calls]
        return answer

    def broken_stream(self, request):
        try:
            last = list(self.client.responses.create(**request, stream=True))[-1]
        except openai.APIError as error:
            return error.message
        # The SDK raises on events of the type `error` alone.
        return last.response.error.message if last.type == "response.failed" else None

    def answer(self, reply, headers):
        calls = [item for item in reply.output if item.type == "function_call"]
        thoughts = [part.text for item in reply.output if item.type == "reasoning" for part in item.summary]
        return Answer(
            reply.output_text, "".join(thoughts),
            [(call.call_id, call.name, json.loads(call.arguments)) for call in calls],
            reply.incomplete_details.reason if reply.incomplete_details else reply.status, self.usage(reply.usage),
            headers, [item.model_dump(exclude_none=True) for item in reply.output])

    @staticmethod
    def usage(usage):
        return {
            "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens, "cached_tokens": usage.input_tokens_details.cached_tokens,
            "reasoning_tokens": usage.output_tokens_details.reasoning_tokens,
        }

    @staticmethod
    def counted(tokens):
        return {
            "input_tokens": tokens["prompt"], "output_tokens": tokens["completion"],
            "total_tokens": tokens["prompt"] + tokens["completion"], "cached_tokens": tokens["cache_read"],
            "reasoning_tokens": tokens["reasoning"],
        }


class Messages:
    """`POST /v1/messages` by `anthropic`."""
    name = "anthropic"
    finishes = {"stop": "end_turn", "length": "max_tokens", "tools": "tool_use"}
    failure = anthropic.APIStatusError
    failures = {400: anthropic.BadRequestError, 429: anthropic.RateLimitError, 500: anthropic.InternalServerError}
    unsayable_stop = None

    def __init__(self, gateway):
        self.client = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0, timeout=20)

    def request(self, route, ask):
        messages = [{"role": role, "content": text} for role, text in ask.turns]
        if ask.image:
            source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(ask.image).decode()}
            messages[-1]["content"] = [
                {"type": "text", "text": ask.turns[-1][1]}, {"type": "image", "source": source}]
        whole = {"model": route, "messages": messages, "max_tokens": ask.limit}
        if ask.system:
            whole["system"] = ask.system
        if ask.tools:
            whole["tools"] = [{"name": TOOL, "description": "Reads a gauge.", "input_schema": PARAMETERS}]
        if ask.schema:
            whole["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
        if ask.stop:
            whole["stop_sequences"] = ask.stop
        if ask.thinks:
            whole["thinking"] = {"type": "enabled", "budget_tokens": 1024}
        return whole | ask.extra

    def with_results(self, request, answer, results):
        content = [
            {"type": "tool_result", "tool_use_id": call[0], "content": text}
            for call, text in zip(answer.calls, results)]
        turns = [{"role": "assistant", "content": answer.said}, {"role": "user", "content": content}]
        return request | {"messages": [*request["messages"], *turns]}

    def call(self, request):
        raw = self.client.messages.with_raw_response.create(**request)
        return self.answer(raw.parse(), raw.headers)

    def stream(self, request):
        with self.client.messages.stream(**request) as stream:
            return self.answer(stream.get_final_message(), stream.response.headers)

    def broken_stream(self, request):
        try:
            with self.client.messages.stream(**request) as stream:
                stream.get_final_message()
        except anthropic.APIError as error:
            return error.body["error"]["message"]

    def answer(self, reply, headers):
        def joined(kind):
            return "".join(getattr(block, kind) for block in reply.content if block.type == kind)

        return Answer(
            joined("text"), joined("thinking"),
            [(block.id, block.name, block.input) for block in reply.content if block.type == "tool_use"],
            reply.stop_reason, self.usage(reply.usage), headers, reply.content)

    @staticmethod
    def usage(usage):
        return {
            "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
            "cache_read_input_tokens": usage.cache_read_input_tokens or 0,
        }

    @staticmethod
    def counted(tokens):
        return {
            "input_tokens": tokens["input"], "output_tokens": tokens["completion"],
            "cache_read_input_tokens": tokens["cache_read"],
        }

    @staticmethod
    def refusal(error):
        # Its API has no place for a field's name but the message.
        message = error.body["error"]["message"]
        headers = error.response.headers
        return Refusal(type(error), error.status_code, message, message, headers.get("retry-after"), headers)


class Gemini:
    """`POST /v1/models/…:generateContent` by `google-genai`."""
    name = "gemini"
    finishes = {"stop": "STOP", "length": "MAX_TOKENS", "tools": "STOP"}
    failure = errors.APIError
    failures = {400: errors.ClientError, 429: errors.ClientError, 500: errors.ServerError}
    unsayable_stop = None

    def __init__(self, gateway):
        self.client = genai.Client(api_key=KEY, http_options={"base_url": gateway.url, "timeout": 20_000})

    def request(self, route, ask):
        roles = {"user": "user", "assistant": "model"}
        contents = [
            types.Content(role=roles[role], parts=[types.Part.from_text(text=text)]) for role, text in ask.turns]
        if ask.image:
            contents[-1].parts.append(types.Part.from_bytes(data=ask.image, mime_type="image/png"))
        config = {
            "max_output_tokens": ask.limit, "system_instruction": ask.system, "stop_sequences": ask.stop,
            "automatic_function_calling": types.AutomaticFunctionCallingConfig(disable=True),
        }
        if ask.tools:
            function = types.FunctionDeclaration(
                name=TOOL, description="Reads a gauge.", parameters_json_schema=PARAMETERS)
            config["tools"] = [types.Tool(function_declarations=[function])]
        if ask.schema:
            config |= {"response_mime_type": "application/json", "response_json_schema": SCHEMA}
        if ask.thinks:
            config["thinking_config"] = types.ThinkingConfig(thinking_budget=1024, include_thoughts=True)
        return {"model": route, "contents": contents, "config": config | ask.extra}

    def with_results(self, request, answer, results):
        parts = []
        for (identifier, name, _), text in zip(answer.calls, results):
            response = types.FunctionResponse(id=identifier, name=name, response={"output": text})
            parts.append(types.Part(function_response=response))
        return request | {"contents": [*request["contents"], answer.said, types.Content(role="user", parts=parts)]}

    def call(self, request):
        reply = self.client.models.generate_content(**request)
        return self.answer([reply], reply.sdk_http_response.headers)

    def stream(self, request):
        chunks = list(self.client.models.generate_content_stream(**request))
        assert chunks[-1].candidates[0].finish_reason, chunks[-1]
        return self.answer(chunks, chunks[0].sdk_http_response.headers)

    def broken_stream(self, request):
        try:
            list(self.client.models.generate_content_stream(**request))
        except errors.APIError as error:
            return error.message

    def answer(self, chunks, headers):
        candidates = [candidate for chunk in chunks for candidate in chunk.candidates or []]
        parts = [part for candidate in candidates if candidate.content for part in candidate.content.parts or []]
        texts = [part for part in parts if part.text]
        usage = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata][-1]
        return Answer(
            "".join(part.text for part in texts if not part.thought),
            "".join(part.text for part in texts if part.thought),
            [(part.function_call.id, part.function_call.name, part.function_call.args)
             for part in parts if part.function_call],
            candidates[-1].finish_reason.value, self.usage(usage),
            {name.lower(): value for name, value in headers.items()}, types.Content(role="model", parts=parts))

    @staticmethod
    def usage(usage):
        return {
            "prompt": usage.prompt_token_count, "cached_content": usage.cached_content_token_count or 0,
            "candidates": usage.candidates_token_count or 0, "thoughts": usage.thoughts_token_count or 0,
            "total": usage.total_token_count,
        }

    @staticmethod
    def counted(tokens):
        return {
            "prompt": tokens["prompt"], "cached_content": tokens["cache_read"], "candidates": tokens["output"],
            "thoughts": tokens["reasoning"], "total": tokens["prompt"] + tokens["completion"],
        }

    @staticmethod
    def refusal(error):
        delays = [
            detail["retryDelay"].removesuffix("s") for detail in error.details["error"].get("details", [])
            if detail["@type"].endswith("RetryInfo")]
        fields = [
            violation["field"] for detail in error.details["error"].get("details", [])
            for violation in detail.get("fieldViolations", [])]
        return Refusal(
            type(error), error.code, error.message, fields[0] if fields else None, delays[0] if delays else None,
            error.response.headers)


ALL = {surface.name: surface for surface in (Chat, Responses, Messages, Gemini)}
