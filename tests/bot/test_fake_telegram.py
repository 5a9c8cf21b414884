"""The fake is only worth something if the stock library cannot tell it from Telegram; every test here runs PTB unchanged."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, error
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, MessageHandler, filters
from telegram.request import HTTPXRequest

from tests.fake import wire
from tests.fake_telegram import TOKEN, FakeTelegram, Fault

GROUP = -1001234567890


@pytest.fixture
def platform():
    with FakeTelegram(first_pause=0.05) as fake:
        yield fake


def stock_bot(platform, *, token=TOKEN, read_timeout=5.0):
    request = HTTPXRequest(read_timeout=read_timeout)
    return telegram.Bot(token, base_url=f"{platform.url}/bot", base_file_url=f"{platform.url}/file/bot", request=request)


def with_bot(platform, action, **options):
    """Run `action(bot)` with a stock bot that talks to the fake."""
    async def run():
        async with stock_bot(platform, **options) as bot:
            return await action(bot)
    return asyncio.run(run())


@asynccontextmanager
async def listening(answer):
    """A webhook receiver: `answer(request)` gives a wire.Answer. Yields its address."""
    async def handler(request):
        return answer(request)
    server = await wire.serve(handler, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


def test_a_stock_application_polls_answers_presses_and_downloads(platform):
    seen = {}

    async def start(update, context):
        buttons = InlineKeyboardMarkup([[InlineKeyboardButton("投诉", callback_data="complain")]])
        await update.message.reply_text("您好", reply_markup=buttons)

    async def pressed(update, context):
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("请说")

    async def wrote(update, context):
        await update.message.reply_text(f"收到：{update.message.text}")

    async def sent(update, context):
        file = await update.message.document.get_file()
        seen["file"] = bytes(await file.download_as_bytearray())
        seen["name"] = update.message.document.file_name

    async def edited(update, context):
        seen["edited"] = update.edited_message.text

    application = (Application.builder().token(TOKEN).base_url(f"{platform.url}/bot")
                   .base_file_url(f"{platform.url}/file/bot").build())
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(pressed),
                              MessageHandler(filters.UpdateType.EDITED_MESSAGE, edited),
                              MessageHandler(filters.Document.ALL, sent), MessageHandler(filters.TEXT, wrote)])

    def customer():
        anna = platform.person(11)
        anna.says("/start")
        anna.hears("您好")
        anna.presses("投诉")
        anna.hears("请说")
        update = anna.says("多扣了 3 块")
        anna.hears("收到：多扣了 3 块")
        anna.edits(update["message"]["message_id"], "多扣了 30 块")
        anna.sends_document("回单.pdf", b"%PDF-1.4 x")
        platform.settled()
        while "file" not in seen:
            pass
        return list(platform.world.queries.values())

    async def run():
        async with application:
            await application.start()
            await application.updater.start_polling(poll_interval=0, timeout=2)
            queries = await asyncio.wait_for(asyncio.to_thread(customer), 10)
            await application.updater.stop()
            await application.stop()
            return queries

    queries = asyncio.run(run())
    assert seen == {"edited": "多扣了 30 块", "file": b"%PDF-1.4 x", "name": "回单.pdf"}
    assert [query["answered"] for query in queries] == [1]


def test_a_webhook_gets_the_secret_in_order_within_a_chat_and_again_after_a_failure(platform):
    got, failing = [], {"left": 2}

    def answer(request):
        with_secret = request.headers.get("x-telegram-bot-api-secret-token")
        update = telegram.Update.de_json(json.loads(request.body), None)
        got.append((with_secret, update.update_id, update.message.text))
        if failing["left"] and update.message.text == "二":
            failing["left"] -= 1
            return wire.Answer(500)
        return wire.Answer(200)

    async def run():
        async with listening(answer) as address, stock_bot(platform) as bot:
            await bot.set_webhook(address, secret_token="s3cret_-", max_connections=7, allowed_updates=["message"])
            info = await bot.get_webhook_info()
            assert (info.url, info.max_connections, info.allowed_updates) == (address, 7, ("message",))
            with pytest.raises(error.Conflict):
                await bot.get_updates()
            anna = await asyncio.to_thread(platform.person, 11)
            for text in "一二三":
                await asyncio.to_thread(anna.says, text)
            await asyncio.to_thread(platform.settled, 10)
            assert "500" in (await bot.get_webhook_info()).last_error_message
            await bot.delete_webhook()

    asyncio.run(run())
    assert [text for _, _, text in got] == ["一", "二", "二", "二", "三"]
    ids = [update_id for _, update_id, _ in got]
    assert ids == sorted(ids) and len(set(ids)) == 3
    assert {secret for secret, _, _ in got} == {"s3cret_-"}


def test_chats_are_delivered_beside_each_other_and_a_method_in_the_answer_is_honoured(platform):
    beside, most = [0], [0]

    async def handler(request):
        beside[0] += 1
        most[0] = max(most[0], beside[0])
        await asyncio.sleep(0.05)
        beside[0] -= 1
        query = json.loads(request.body).get("callback_query")
        if query is None:
            return wire.Answer(200)
        return wire.Answer(200, json.dumps({"method": "answerCallbackQuery", "callback_query_id": query["id"]}).encode())

    async def run():
        server = await wire.serve(handler, "127.0.0.1", 0)
        async with stock_bot(platform) as bot:
            people = [await asyncio.to_thread(platform.person, n) for n in range(20, 32)]
            await bot.send_message(20, "请选", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("是", callback_data="y")]]))
            await bot.set_webhook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", max_connections=5)
            for person in people:
                await asyncio.to_thread(person.says, "在吗")
            await asyncio.to_thread(people[0].presses, "是")
            await asyncio.to_thread(platform.settled, 10)
        server.close()

    asyncio.run(run())
    assert most[0] == 5
    assert [query["answered"] for query in platform.world.queries.values()] == [1]


@pytest.mark.parametrize(("arguments", "words"), [
    ({"text": "长" * 4097}, "Message is too long"),
    ({"text": " "}, "Message text is empty"),
    ({"text": "<b>不合", "parse_mode": "HTML"}, "Can't find end tag corresponding to start tag \"b\""),
    ({"text": "<p>段</p>", "parse_mode": "HTML"}, "Unsupported start tag \"p\""),
    ({"text": "3.5 元", "parse_mode": "MarkdownV2"}, "Character '.' is reserved"),
    ({"text": "*半截", "parse_mode": "Markdown"}, "Can't find end of Bold entity at byte offset 0"),
    ({"text": "选", "reply_markup": InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="数" * 22)]])},
     "Button_data_invalid"),
    ({"text": "话", "chat_id": 99}, "Chat not found"),
    ({"text": "话", "message_thread_id": 5}, "Message thread not found"),
])
def test_what_the_api_refuses_is_refused_in_its_words(platform, arguments, words):
    platform.person(11)
    with pytest.raises(error.BadRequest) as refused:
        with_bot(platform, lambda bot: bot.send_message(**{"chat_id": 11, **arguments}))
    assert words.lower() in str(refused.value).lower()


def test_lengths_count_after_the_markup_and_64_bytes_of_data_pass(platform):
    anna = platform.person(11)
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="d" * 64)]])
    sent = with_bot(platform, lambda bot: bot.send_message(
        11, "<b>" + "长" * 4095 + "</b>&lt;", parse_mode="HTML", reply_markup=buttons))
    assert anna.heard == ["长" * 4095 + "<"]
    assert sent.entities[0].type == "bold" and sent.entities[0].length == 4095


def test_topics_can_be_made_closed_reopened_and_deleted(platform):
    group = platform.group(GROUP)

    async def run(bot):
        topic = await bot.create_forum_topic(GROUP, "工单")
        thread = topic.message_thread_id
        sent = await bot.send_message(GROUP, "一", message_thread_id=thread)
        assert sent.message_thread_id == thread and sent.is_topic_message
        await bot.close_forum_topic(GROUP, thread)
        with pytest.raises(error.BadRequest, match=r"(?i)topic_closed"):
            await bot.send_message(GROUP, "二", message_thread_id=thread)
        await bot.reopen_forum_topic(GROUP, thread)
        await bot.send_message(GROUP, "三", message_thread_id=thread)
        await bot.delete_forum_topic(GROUP, thread)
        with pytest.raises(error.BadRequest, match=r"(?i)message thread not found"):
            await bot.send_message(GROUP, "四", message_thread_id=thread)

    with_bot(platform, run)
    assert [message["text"] for message in group.heard] == ["一", "三"]


def test_a_flood_is_answered_429_and_coming_back_too_early_is_counted(platform):
    for n in range(61):
        platform.person(100 + n)

    async def run(bot):
        answers = await asyncio.gather(*(bot.send_message(100 + n, "喂") for n in range(60)), return_exceptions=True)
        floods = [a for a in answers if isinstance(a, error.RetryAfter)]
        assert len(floods) == 30, answers
        await asyncio.sleep(1.1)
        for _ in range(4):
            await bot.send_message(160, "喂")
        with pytest.raises(error.RetryAfter):
            await bot.send_message(160, "喂")

    with_bot(platform, run)
    assert platform.limits.violations == 2 and platform.limits.premature == 29


def test_a_group_takes_twenty_messages_a_minute(platform):
    platform.group(GROUP)

    async def run(bot):
        for _ in range(20):
            await bot.send_message(GROUP, "喂")
        with pytest.raises(error.RetryAfter) as flood:
            await bot.send_message(GROUP, "喂")
        return flood.value

    assert 55 <= with_bot(platform, run)._retry_after.total_seconds() <= 60


@pytest.mark.parametrize(("fault", "kind", "took_effect"), [
    ("down", error.NetworkError, False), ("internal", error.NetworkError, False), ("reset", error.NetworkError, False),
    ("reset_after", error.NetworkError, True), ("hang", error.TimedOut, False), ("hang_after", error.TimedOut, True),
    ("forbidden", error.Forbidden, False), ("flood", error.RetryAfter, False),
])
def test_a_scripted_fault_strikes_once(platform, fault, kind, took_effect):
    anna = platform.person(11)
    platform.strike(Fault(fault, seconds=1.0))

    async def run(bot):
        with pytest.raises(kind):
            await bot.send_message(11, "喂")
        if fault == "flood":
            await asyncio.sleep(1.05)
        await bot.send_message(11, "喂")

    with_bot(platform, run, read_timeout=0.3)
    assert anna.heard == ["喂"] * (2 if took_effect else 1)


def test_a_person_who_blocks_the_bot_is_forbidden_until_she_comes_back(platform):
    anna = platform.person(11)

    async def run(bot):
        await asyncio.to_thread(anna.blocks)
        with pytest.raises(error.Forbidden, match="blocked by the user"):
            await bot.send_message(11, "喂")
        update = (await bot.get_updates(allowed_updates=["my_chat_member"]))[0]
        assert update.my_chat_member.new_chat_member.status == "kicked"
        await asyncio.to_thread(anna.blocks, False)
        await bot.send_message(11, "喂")

    with_bot(platform, run)
    assert anna.heard == ["喂"]


def test_polling_forgets_only_what_the_offset_has_passed(platform):
    anna = platform.person(11)
    first, second = anna.says("一"), anna.says("二")

    async def run(bot):
        assert [u.update_id for u in await bot.get_updates()] == [first["update_id"], second["update_id"]]
        assert [u.update_id for u in await bot.get_updates()] == [first["update_id"], second["update_id"]]
        assert [u.update_id for u in await bot.get_updates(offset=second["update_id"])] == [second["update_id"]]
        assert await bot.get_updates(offset=second["update_id"] + 1) == ()

    with_bot(platform, run)


@pytest.mark.parametrize("token", ["7000000001:" + "B" * 35, "no-token"])
def test_a_foreign_token_is_refused(platform, token):
    with pytest.raises(error.InvalidToken):
        with_bot(platform, lambda bot: bot.get_me(), token=token)


def test_documents_and_commands_arrive_as_they_were_sent(platform):
    anna = platform.person(11)

    async def run(bot):
        sent = await bot.send_document(11, b"%PDF-1.4 y", filename="答复.pdf", caption="书面答复")
        file = await bot.get_file(sent.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"%PDF-1.4 y"
        await bot.send_photo(11, b"\xff\xd8\xff\xe0")
        await bot.set_my_commands([("complain", "我要投诉")])
        assert [c.command for c in await bot.get_my_commands()] == ["complain"]

    with_bot(platform, run)
    assert anna.heard == ["书面答复", ""]
