"""The terms that names are screened for to begin with. Frozen with the migration that writes
them; staff go on from there. Short on purpose: what is missing shows in cases.

List, match, language, note, terms.
"""

RESERVED, PROHIBITED, OFFICIAL = "reserved", "prohibited", "official"
WHOLE, WORD, PART = "whole", "word", "part"
ANY, ZH, EN = "", "zh", "en"

TERMS = (
    (
        RESERVED,
        WHOLE,
        EN,
        "Nobody but us",
        "admin administrator root system sysadmin superuser official support security "
        "moderator staff webmaster postmaster helpdesk customerservice service team bot "
        "null undefined anonymous everyone notice announcement",
    ),
    (
        RESERVED,
        WHOLE,
        ZH,
        "仅限本平台使用",
        "官方 客服 客户服务 客戶服務 在线客服 人工客服 管理员 管理員 系统 系統 系统管理员 "
        "系统消息 系统通知 平台 平台管理员 平台客服 运营 运营团队 安全中心 审核员 审核中心 "
        "超级管理员 版主 公告 通知 小助手 工作人员",
    ),
    (
        OFFICIAL,
        WORD,
        EN,
        "Sounds like our staff",
        "admin administrator sysadmin official support security moderator helpdesk webmaster",
    ),
    (
        OFFICIAL,
        PART,
        ZH,
        "似本平台工作人员",
        "官方 客服 客户服务 客戶服務 管理员 管理員 审核员 審核員 安全中心 系统通知 系统消息 "
        "平台公告",
    ),
    (
        OFFICIAL,
        PART,
        ZH,
        "似国家机关",
        "中共中央 国务院 國務院 全国人大 全国政协 中央军委 中纪委 国家监委 最高人民法院 "
        "最高人民检察院 人民法院 人民检察院 网信办 網信辦 国家互联网信息办公室 公安部 公安局 "
        "公安厅 派出所 网警 国家安全部 国家安全局 司法部 外交部 工信部 工业和信息化部 "
        "市场监督管理 市场监管 国家数据局 税务局 税务总局 海关总署 人民政府 政府办公 国家发改委 "
        "人民银行 证监会 金融监管总局 反诈中心 仲裁委员会 消费者协会 解放军 武警",
    ),
    (
        OFFICIAL,
        PART,
        ZH,
        "似国家级媒体",
        "新华社 人民日报 中央电视台 中央广播电视总台 央视新闻",
    ),
    (
        OFFICIAL,
        WORD,
        EN,
        "Sounds like an authority",
        "government police ministry interpol cyberspaceadministration",
    ),
    # A beginning for each kind that 1.2.5 has in mind; the desk knows what it meets.
    (PROHIBITED, PART, ZH, "诈骗", "代开发票 刷单返利 洗钱 跑分平台 杀猪盘"),
    (PROHIBITED, PART, ZH, "赌博", "赌场 博彩 六合彩 网赌"),
    (PROHIBITED, PART, ZH, "色情", "裸聊 约炮 援交 卖淫"),
    (PROHIBITED, PART, ZH, "毒品与武器", "冰毒 海洛因 贩毒 枪支买卖"),
    (PROHIBITED, WORD, EN, "Obscene or insulting", "fuck cunt nigger whore"),
    (PROHIBITED, WORD, EN, "Crime", "childporn childsex nazi hitler"),
)


def rows():
    """Each term as the fields of a `NameTerm`, but for what it compares as."""
    for on, match, language, note, terms in TERMS:
        for term in terms.split():
            yield {
                "term": term,
                "list": on,
                "match": match,
                "language": language,
                "note": note,
            }
